import assert from "node:assert/strict";
import { rehearseScaledOutFlip } from "../../../rehearsal/scenario/flip-scaled-out";
import { scenarioOptions } from "./scenario-options";

describe("rehearsal: flip while the live color is scaled out", function () {
  this.timeout(180_000);

  it("rehearsal: the gate raises an idle color with too few instances before the flip, and no request fails", async () => {
    const options = scenarioOptions({ minInstances: 2, maxInstances: 6 });
    const { result, figures } = await rehearseScaledOutFlip({ ...options, instances: 6 });
    assert.deepEqual([result.instancesBefore, result.instancesAfter], [2, 6]);
    assert.equal(figures.requests.failed, 0, JSON.stringify(figures.failures.slice(0, 3)));
    assert.ok(result.flipSeconds < 60, `${result.flipSeconds} s`);
  });
});
