import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { allTrafficTo, oppositeColor, type TrafficColor } from "../../../operate/colors";
import type { DeployedRelease } from "../../../operate/deployed-release";
import type { ReleaseGoal } from "../../../operate/release/goal";
import { nextUpdate, type ReleaseSituation, type ReleaseUpdate } from "../../../operate/release/next-update";
import { plannedUpdates, situationAfter } from "../../../operate/release/planned-updates";

const GOAL: ReleaseGoal = { version: "1.1.0", steps: [], retire: false, retry: false };

function stack(changes: Partial<DeployedRelease> = {}): Required<ReleaseSituation> {
  const release: DeployedRelease = {
    live: "blue",
    versions: { blue: "1.0.0" },
    weights: allTrafficTo("blue"),
    serial: 3,
    kind: "shift",
    settings: { idle: "warm" },
    ...changes,
  };
  const rule = {
    shares: release.weights,
    record: { serial: release.serial ?? 1, kind: "shift" as const },
    foreign: [],
  };
  return { release, rule, bakeMinutes: 0 };
}

const titles = (situation: ReleaseSituation, goal: Partial<ReleaseGoal> = {}) =>
  plannedUpdates(situation, { ...GOAL, ...goal }).updates.map(({ title }) => title);

function updateOf(situation: ReleaseSituation, goal: Partial<ReleaseGoal> = {}): ReleaseUpdate {
  const decision = nextUpdate(situation, { ...GOAL, ...goal });
  assert.equal(decision.type, "update", JSON.stringify(decision));
  return (decision as Extract<typeof decision, { type: "update" }>).update;
}

function stopOf(situation: ReleaseSituation, goal: Partial<ReleaseGoal> = {}) {
  const decision = nextUpdate(situation, { ...GOAL, ...goal });
  assert.equal(decision.type, "stop", JSON.stringify(decision));
  return decision as Extract<typeof decision, { type: "stop" }>;
}

describe("release: next update", () => {
  it("deploys, shifts the canary steps, flips, retires and contracts", () => {
    assert.deepEqual(titles(stack(), { steps: [5, 25], retire: true, contractThrough: "0002_split_name" }), [
      "Deploy 1.1.0 to green while blue is live",
      "Shift 5 % of the traffic to green 1.1.0",
      "Shift 25 % of the traffic to green 1.1.0",
      "Flip traffic from blue 1.0.0 to green 1.1.0",
      "Retire blue 1.0.0",
      "Contract through 0002_split_name",
    ]);
  });

  it("deploys to blue on a new stack", () => {
    assert.deepEqual(titles({}), ["Deploy 1.1.0 to blue, the first color"]);
  });

  it("passes all settings of the release, so that an old config file moves no traffic", () => {
    const { config } = updateOf(
      stack({
        live: "green",
        versions: { blue: "0.9.0", green: "1.0.0" },
        weights: allTrafficTo("green"),
        contracted: { through: "0001_base" },
      }),
    );
    assert.deepEqual(config, {
      live: "green",
      canaryPercent: "0",
      blueVersion: "1.1.0",
      greenVersion: "1.0.0",
      contractThrough: "0001_base",
      idle: "warm",
    });
  });

  it("sets the bake with the deployment, or in an update before the first shift", () => {
    assert.equal(updateOf(stack(), { bakeMinutes: 10 }).changes.bakeMinutes, "10");
    const deployed = stack({ versions: { blue: "1.0.0", green: "1.1.0" } });
    assert.equal(updateOf(deployed, { bakeMinutes: 10 }).kind, "configure");
    assert.equal(updateOf({ ...deployed, bakeMinutes: 10 }, { bakeMinutes: 10 }).kind, "flip");
  });

  it("repeats the bake of the last update when it shifts traffic", () => {
    const versions = { blue: "1.0.0", green: "1.1.0" };
    assert.deepEqual(updateOf(stack({ versions, settings: { idle: "warm", bakeMinutes: 7 } })).pinned, {
      bakeMinutes: "7",
    });
    assert.deepEqual(updateOf(stack({ versions })).pinned, { bakeMinutes: "" });
  });

  it("expects the serial of the production rule", () => {
    const situation = stack();
    assert.equal(updateOf(situation).expectedSerial, 3);
    assert.equal(updateOf({ release: situation.release }).expectedSerial, 3);
    assert.equal(
      updateOf({ release: { ...situation.release, serial: undefined } }).expectedSerial,
      undefined,
    );
  });

  it("completes a shift whose update was interrupted", () => {
    const situation = {
      ...stack({ versions: { blue: "1.0.0", green: "1.1.0" } }),
      rule: { shares: { blue: 75, green: 25 }, record: { serial: 4, kind: "shift" as const }, foreign: [] },
    };
    const update = updateOf(situation, { steps: [25, 50] });
    assert.deepEqual(
      [update.kind, update.changes, update.expectedSerial],
      ["continue", { live: "blue", canaryPercent: "25" }, 4],
    );
    const other = stopOf(situation, { version: "1.2.0" });
    assert.match(other.reason, /interrupted update has shifted traffic to green 1\.1\.0/);
  });

  it("does not release a version again that was rolled back, unless it is asked to", () => {
    const before = stack({ versions: { blue: "1.0.0", green: "1.1.0" } });
    const record = {
      serial: 5,
      kind: "watch-rollback" as const,
      at: "2026-01-01T00:00:00Z",
      reason: "errors",
    };
    const situation = { ...before, rule: { ...before.rule, record } };
    const stop = stopOf(situation);
    assert.deepEqual(
      [stop.code, stop.reason],
      ["rolled-back", "1.1.0 was rolled back at 2026-01-01T00:00:00Z (errors)."],
    );
    assert.deepEqual(titles(situation, { retry: true }), [
      "Record the rollback (blue 100 %)",
      "Flip traffic from blue 1.0.0 to green 1.1.0",
    ]);
    assert.deepEqual(titles(situation, { version: "1.1.1" }), [
      "Record the rollback (blue 100 %)",
      "Deploy 1.1.1 to green while blue is live",
      "Flip traffic from blue 1.0.0 to green 1.1.1",
    ]);
  });

  it("does not release a version again whose rollback is recorded", () => {
    const situation = stack({
      versions: { blue: "1.0.0", green: "1.1.0" },
      kind: "rollback",
      served: { green: { version: "1.1.0" } },
      settings: { idle: "off" },
    });
    assert.equal(stopOf(situation).code, "rolled-back");
    assert.equal(updateOf(situation, { version: "1.1.1" }).kind, "deploy");
    // After a rollback of the first shift, or a return by the config, only `rolledBack` shows the rollback.
    const recorded = stack({
      versions: { blue: "1.0.0", green: "1.1.0" },
      rolledBack: { green: "1.1.0" },
    });
    assert.equal(stopOf(recorded).code, "rolled-back");
    assert.deepEqual(titles(recorded, { retry: true }), ["Flip traffic from blue 1.0.0 to green 1.1.0"]);
    assert.equal(updateOf(recorded, { version: "1.1.1" }).kind, "deploy");
  });

  it("does not release a version again whose canary the watch reduced, even with most of the traffic", () => {
    const weights = { blue: 25, green: 75 };
    const before = stack({ versions: { blue: "1.0.0", green: "1.1.0" }, weights });
    const record = { serial: 5, kind: "watch-rollback" as const, at: "2026-01-01T00:00:00Z" };
    assert.equal(stopOf({ ...before, rule: { ...before.rule, record } }).code, "rolled-back");
    const adopted = stack({ ...before.release, kind: "watch-rollback", rolledBack: { green: "1.1.0" } });
    assert.equal(stopOf(adopted).code, "rolled-back");
  });

  it("records shifts that left the traffic as the last update knows it", () => {
    const situation = stack();
    const record = { serial: 6, kind: "shift" as const };
    const update = updateOf({ ...situation, rule: { ...situation.rule, record } });
    assert.deepEqual([update.kind, update.title], ["adopt", "Record shift 6 (blue 100 %)"]);
  });

  it("stops when the rule was changed by hand, with the way out", () => {
    const situation = stack();
    const byHand = { ...situation, rule: { ...situation.rule, shares: { blue: 50, green: 50 } } };
    const { code, reason, remedies } = stopOf(byHand);
    assert.equal(code, "conflict");
    assert.match(reason, /rule has blue 50 %, green 50 %, and the last update recorded blue 100 %/);
    assert.match(remedies.join(), /changeover status/);
  });

  it("stops while a canary of another version is in progress", () => {
    const situation = stack({
      versions: { blue: "1.0.0", green: "1.0.5" },
      weights: { blue: 90, green: 10 },
    });
    assert.match(stopOf(situation).reason, /canary of 1\.0\.5 is in progress/);
  });

  it("starts instances again for a version that is deployed to a retired color", () => {
    const situation = stack({ versions: { blue: "1.0.0", green: "1.1.0" }, settings: { idle: "off" } });
    assert.deepEqual([updateOf(situation).kind, updateOf(situation).changes.idle], ["deploy", "warm"]);
  });
});

/** The state of an update when its command was killed. */
type Fate = "done" | "nothing" | "shifted";

/** A stack on which updates are killed: before they changed anything, or after they shifted traffic. */
function afterFate(situation: ReleaseSituation, update: ReleaseUpdate, fate: Fate): ReleaseSituation {
  if (fate === "done") return situationAfter(situation, update);
  if (fate === "nothing" || update.shares === undefined || situation.rule === undefined) return situation;
  const serial = (situation.rule.record?.serial ?? 0) + 1;
  return { ...situation, rule: { shares: update.shares, record: { serial, kind: "shift" }, foreign: [] } };
}

describe("release: killed at any update", () => {
  const version = fc.constantFrom("1.0.0", "1.1.0", "1.2.0");
  const color = fc.constantFrom<TrafficColor>("blue", "green");
  const situations = fc
    .record({
      live: color,
      liveVersion: version,
      idleVersion: fc.option(version, { nil: undefined }),
      canary: fc.constantFrom(0, 0, 5, 40),
      idle: fc.constantFrom("warm", "off"),
      through: fc.constantFrom(undefined, "0002_a", "0004_b"),
    })
    .map(({ live, liveVersion, idleVersion, canary, idle, through }) => {
      const share = idleVersion === undefined ? 0 : canary;
      const other = oppositeColor(live);
      return stack({
        live,
        versions: { [live]: liveVersion, ...(idleVersion ? { [other]: idleVersion } : {}) },
        weights: { ...allTrafficTo(live), [live]: 100 - share, [other]: share },
        settings: { idle: share > 0 ? "warm" : idle },
        contracted: through ? { through } : undefined,
      });
    });
  const starts: fc.Arbitrary<ReleaseSituation> = fc.option(situations, { nil: {} });
  const goals = fc.record({
    version,
    steps: fc
      .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 })
      .map((list) => list.sort((a, b) => a - b)),
    retire: fc.boolean(),
    bakeMinutes: fc.constantFrom(undefined, 0, 10),
    retry: fc.constant(false),
  });
  const fates = fc.array(fc.constantFrom<Fate>("done", "nothing", "shifted"), { maxLength: 40 });

  it("ends at the goal, shifts every canary step in order, and then changes nothing more", () => {
    fc.assert(
      fc.property(starts, goals, fates, (start, goal, history) => {
        let situation: ReleaseSituation = start;
        const seen: number[] = [];
        const remaining = [...history];
        for (let runs = 0; runs < 200; runs += 1) {
          const decision = nextUpdate(situation, goal);
          if (decision.type === "stop") {
            // Only a canary of another version stops a release here.
            assert.match(decision.reason, /canary of/);
            return;
          }
          if (decision.type === "done") break;
          const { update } = decision;
          const before = situation.release;
          if (update.shares !== undefined && before !== undefined) {
            const target = oppositeColor(before.live);
            assert.equal(before.versions[target], goal.version, "traffic goes only to the released version");
            seen.push(update.shares[target]);
          }
          situation = afterFate(situation, update, remaining.shift() ?? "done");
        }
        const { release } = situation;
        assert.ok(release);
        assert.equal(release.versions[release.live], goal.version);
        assert.equal(release.weights[release.live], 100);
        if (goal.retire && release.versions[oppositeColor(release.live)]) {
          assert.equal(release.settings?.idle, "off");
        }
        const shifts = seen.filter((share, index) => share !== seen[index - 1]);
        const startShare = start.release ? start.release.weights[oppositeColor(start.release.live)] : 0;
        const isReleased = start.release === undefined || shifts.length === 0;
        const expected = isReleased ? [] : [...goal.steps.filter((step) => step > startShare), 100];
        assert.deepEqual(shifts, expected);
        assert.equal(nextUpdate(situation, goal).type, "done");
      }),
      { numRuns: 500 },
    );
  });
});
