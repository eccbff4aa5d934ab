import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { ReleaseGoal } from "../../../operate/release/goal";
import { FakeStack } from "./fake-stack";
import { killReleases, randomFrom } from "./kill-releases";
import { serveStack } from "./remote-stack";

/** Number of kills; `KILLS=20` for more. */
const KILLS = Number(process.env.KILLS ?? 6);
const GOAL: ReleaseGoal = { version: "1.1.0", steps: [5, 25, 50], retire: true, retry: false };

describe("release: process killed with SIGKILL at random moments", function () {
  this.timeout(60_000 + KILLS * 20_000);

  it("ends at the goal when it is run again, without skipping a step", async () => {
    const seed = Date.now() % 100_000;
    const stack = new FakeStack();
    stack.halfMs = 60;
    const served = await serveStack({ engine: stack.engine, readRule: () => stack.readRule() });
    try {
      const { kills, last } = await killReleases(served, GOAL, {
        kills: KILLS,
        maxMs: 250,
        random: randomFrom(seed),
      });
      assert.equal(last.status, 0, `seed ${seed}: ${last.stdout}${last.stderr}`);
      assert.ok(kills > 0, "no run was killed");
      const { release, rule } = stack;
      assert.deepEqual(
        [release?.live, release?.versions.green, release?.weights.green, release?.settings?.idle],
        ["green", "1.1.0", 100, "off"],
      );
      assert.equal(rule?.shares.green, 100);
      const shares = stack.shifts.filter((share, index) => share !== stack.shifts[index - 1]);
      assert.deepEqual(shares, [5, 25, 50, 100], `seed ${seed}`);
      assert.deepEqual([stack.file.get("live"), stack.file.get("idle")], ["green", "off"]);
    } finally {
      await served.idle();
      await served.close();
    }
  });
});
