import assert from "node:assert/strict";
import { rehearseDatabaseAway } from "../../../rehearsal/scenario/database-away";
import { scenarioOptions } from "./scenario-options";

describe("rehearsal: database away", function () {
  this.timeout(180_000);

  it("rehearsal: no instance is terminated while the database is away, and the service recovers", async () => {
    const options = scenarioOptions({ minInstances: 2, maxInstances: 4 });
    const { result, figures } = await rehearseDatabaseAway({
      ...options,
      // For the health checks, 20 s count as 200 s.
      timeScale: 10,
      awaySeconds: 20,
      settings: { ...options.settings, bakeMinutes: "0" },
    });
    assert.deepEqual(result.terminated, []);
    assert.ok(figures.requests.failed > 0, "the load must have seen the failure");
    assert.ok(result.recoverySeconds < 15, `${result.recoverySeconds} s`);
  });
});
