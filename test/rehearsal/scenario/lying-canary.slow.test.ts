import assert from "node:assert/strict";
import { rehearseLyingCanary } from "../../../rehearsal/scenario/lying-canary";
import { HEALTHY_PATHS, scenarioOptions } from "./scenario-options";

describe("rehearsal: canary whose health check lies", function () {
  this.timeout(180_000);

  it("rehearsal: the gate rejects the flip to a canary in alarm, although its health checks pass", async () => {
    const options = scenarioOptions({ minInstances: 2, maxInstances: 4 });
    const { result } = await rehearseLyingCanary({
      ...options,
      settings: { ...options.settings, gateTimeoutSeconds: "30" },
      canaryPercent: 10,
      // So many that the alarm stays in ALARM with the few requests of a canary.
      errorShare: 0.95,
      healthyPaths: HEALTHY_PATHS,
    });
    assert.deepEqual([result.rule.blue, result.rule.green], [90, 10]);
    assert.match(result.message, new RegExp(result.alarms[0] ?? "an alarm"));
  });
});
