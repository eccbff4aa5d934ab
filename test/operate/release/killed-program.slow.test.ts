import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "mocha";
import { InProcessEngine } from "../../../engine/deploy/in-process-engine";
import { typeOfUrn } from "../../../engine/state/urn";
import type { DeployedRelease } from "../../../operate/deployed-release";
import type { ReleaseGoal } from "../../../operate/release/goal";
import { readingOf } from "../../../operate/rule-reading";
import type { ReleaseControl } from "../../../traffic/control";
import { recordOfTags } from "../../../traffic/shift-record";
import { ROOT } from "../../cli/changeover";
import { PaperCloud } from "../../support/paper-cloud";
import { killReleases, randomFrom } from "./kill-releases";
import { serveStack } from "./remote-stack";

/** Number of kills; `KILLS=20` for more. */
const KILLS = Number(process.env.KILLS ?? 2);
const GOAL: ReleaseGoal = { version: "1.1.0", steps: [10], retire: false, retry: false };
const RULE = "aws:lb/listenerRule:ListenerRule";
/** The longest time until a run is killed. An update of the paper cloud takes a second or two. */
const MAX_MS = 8_000;

/** A cloud in which the steps of a shift take time, so that a run is also killed between them. */
class SlowCloud extends PaperCloud {
  override async create(...args: Parameters<PaperCloud["create"]>) {
    if (/Invocation/.test(args[0])) await sleep(200);
    return super.create(...args);
  }

  override async update(...args: Parameters<PaperCloud["update"]>) {
    const result = await super.update(...args);
    if (typeOfUrn(args[1]) === RULE) await sleep(500);
    return result;
  }

  readRule(control: ReleaseControl) {
    const { actions, tags } = this.balancing.get(control.productionRuleArn) as {
      actions: [{ forward?: { targetGroups: { arn: string; weight: number }[] }; targetGroupArn?: string }];
      tags: Record<string, string>;
    };
    const [{ forward, targetGroupArn = "" }] = actions;
    const groups = forward?.targetGroups ?? [{ arn: targetGroupArn, weight: 100 }];
    const weights = Object.fromEntries(groups.map(({ arn, weight }) => [arn, weight]));
    return readingOf({ weights, record: recordOfTags(tags) }, control);
  }
}

describe("release: of the program, killed with SIGKILL at random moments", function () {
  this.timeout(240_000 + KILLS * 60_000);

  it("ends at the goal when it is run again", async () => {
    const seed = Date.now() % 100_000;
    const cloud = new SlowCloud();
    const engine = new InProcessEngine({
      programDirectory: join(ROOT, "test", "applications", "records"),
      stack: "dev",
      provider: { aws: cloud, random: cloud },
    });
    await engine.up({ config: { "changeover:live": "blue", "changeover:blueVersion": "1.0.0" } });
    const served = await serveStack({ engine, readRule: async (control) => cloud.readRule(control) });
    try {
      const random = randomFrom(seed);
      const { kills, last } = await killReleases(served, GOAL, { kills: KILLS, maxMs: MAX_MS, random });
      assert.equal(last.status, 0, `seed ${seed}: ${last.stdout}${last.stderr}`);
      assert.ok(kills > 0, "no run was killed");
      const outputs = await engine.outputs();
      const { live, versions, weights, serial } = outputs.release as DeployedRelease;
      assert.deepEqual(
        [live, versions, weights],
        ["green", { blue: "1.0.0", green: "1.1.0" }, { blue: 0, green: 100 }],
      );
      // A canary step and the flip follow the first update, each once.
      assert.equal(serial, 3, `seed ${seed}`);
      const rule = cloud.readRule(outputs.control as ReleaseControl);
      assert.deepEqual([rule.shares, rule.record?.serial], [weights, serial]);
    } finally {
      await served.idle();
      await served.close();
    }
  });
});
