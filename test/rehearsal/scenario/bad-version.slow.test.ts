import assert from "node:assert/strict";
import { rehearseBadVersion } from "../../../rehearsal/scenario/bad-version";
import { HEALTHY_PATHS, scenarioOptions } from "./scenario-options";

describe("rehearsal: bad version", function () {
  this.timeout(180_000);

  it("rehearsal: the watch shifts the traffic back from a version whose errors begin after the flip", async () => {
    const options = scenarioOptions({ minInstances: 2, maxInstances: 4 });
    const { result, figures } = await rehearseBadVersion({
      ...options,
      settings: { ...options.settings, bakeMinutes: "1" },
      errorShare: 0.05,
      healthyPaths: HEALTHY_PATHS,
    });
    assert.deepEqual([result.rule.blue, result.rule.green], [100, 0]);
    assert.equal(result.rule.tags["changeover:kind"], "watch-rollback");
    assert.match(result.message, /rolled back/i);
    assert.ok((figures.failureSpan?.seconds ?? 99) < 20, JSON.stringify(figures.failureSpan));
    assert.ok(figures.requests.failed < figures.requests.total * 0.05);
  });
});
