import assert from "node:assert/strict";
import { rehearseRollbackWhileBroken } from "../../../rehearsal/scenario/rollback-while-broken";
import { HEALTHY_PATHS, scenarioOptions } from "./scenario-options";

const LIMIT_MS = 2_000;
/** Limit on a machine that is too busy for reliable latencies. */
const NOISY_LIMIT_MS = 8_000;

describe("rehearsal: rollback while everything else is broken", function () {
  this.timeout(180_000);

  it("rehearsal: changeover rollback ends the traffic of a bad version while an update hangs in its migration", async () => {
    const { result, figures } = await rehearseRollbackWhileBroken({
      ...scenarioOptions({ minInstances: 2, maxInstances: 4 }),
      nextVersion: "1.2.0",
      errorShare: 0.3,
      healthyPaths: HEALTHY_PATHS,
    });
    assert.equal(result.command.status, 0, result.command.output);
    assert.deepEqual([result.rule.blue, result.rule.green], [100, 0]);
    assert.equal(result.rule.tags["changeover:kind"], "rollback");
    const limitMs = figures.noisy ? NOISY_LIMIT_MS : LIMIT_MS;
    assert.ok((result.commandMs ?? 0) <= limitMs, JSON.stringify(result));
    assert.ok((result.updateMs ?? 0) > 0, JSON.stringify(result));
  });
});
