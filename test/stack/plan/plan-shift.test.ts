import assert from "node:assert/strict";
import { datedRelease } from "../../../stack/plan/dated-release";
import type { LastRelease } from "../../../stack/plan/last-release";
import { planUpdate } from "./support";

const NIGHT = "2026-03-01T03:00:00.000Z";
const TIMES = { started: "2026-03-01T02:59:00.000Z", shifted: NIGHT, finished: "2026-03-01T03:10:00.000Z" };
const stored = (release: LastRelease): LastRelease => JSON.parse(JSON.stringify(release));

describe("shift plan", () => {
  const first = planUpdate({}, null, { request: { actor: "anna", bakeMinutes: 10 } });
  const onBlue = { ...stored(first.release), versions: { blue: "1.0.0", green: "1.1.0" } };
  const request = { actor: "ben", commit: "0123abc", reason: "release 1.1.0", bakeMinutes: 10 };
  const flip = planUpdate({ live: "green" }, onBlue, { request });

  it("shift: records number, kind, actor, commit and reason", () => {
    const { serial, kind, actor, history } = first.release;
    assert.deepEqual([serial, kind, actor, history?.length], [1, "first", "anna", 1]);
    const { shift } = flip.shift;
    assert.deepEqual(shift, {
      ...{ serial: 2, kind: "shift", weights: { blue: 0, green: 100 } },
      ...{ actor: "ben", commit: "0123abc", reason: "release 1.1.0" },
    });
  });

  it("shift: keeps the record while no traffic shifts, whatever the config says", () => {
    const next = planUpdate({ live: "green" }, stored(flip.release), { request: { actor: "eve" } });
    assert.deepEqual(next.shift.shift, flip.shift.shift);
    assert.deepEqual(next.release.history, flip.release.history);
  });

  it("shift: bakes from the weights before it, and holds the color that served", () => {
    assert.deepEqual(flip.release.watch, {
      ...{ color: "green", version: "1.1.0", serial: 2, bakeMinutes: 10, hold: "blue" },
      ...{ weights: { blue: 0, green: 100 }, weightsBefore: { blue: 100, green: 0 } },
    });
    assert.equal(first.release.watch, undefined, "there is nothing to shift back to");
    assert.equal(planUpdate({ live: "green" }, onBlue).release.watch, undefined, "without bakeMinutes");
    const next = planUpdate({ live: "green" }, stored(flip.release));
    assert.deepEqual(next.release.watch, flip.release.watch, "the next update declares the same");
    assert.equal(planUpdate({}, stored(flip.release)).release.watch, undefined);
  });

  it("shift: has the times of its gate check and its bake", () => {
    const dated = datedRelease(flip.release, TIMES);
    assert.deepEqual([dated.started, dated.finished], [TIMES.started, TIMES.finished]);
    assert.deepEqual(
      dated.history?.map(({ finished }) => finished),
      [TIMES.finished, undefined],
    );
    assert.deepEqual(dated.served, { blue: { version: "1.0.0", until: NIGHT } });
    assert.deepEqual(stored(datedRelease(flip.release, {})), stored(flip.release));
  });

  it("shift: tells the gate until when a version served, while the color still has it", () => {
    const dated = stored(datedRelease(flip.release, TIMES));
    const until = (live: "blue" | "green", changes: Partial<LastRelease>) =>
      planUpdate({ live }, { ...dated, ...changes }).gateChecks[0]?.servedUntil;
    assert.equal(until("blue", {}), NIGHT);
    assert.equal(until("blue", { served: { blue: { version: "0.9.0", until: NIGHT } } }), undefined);
    assert.equal(flip.gateChecks[0]?.servedUntil, undefined, "green has not served yet");
    const canary = planUpdate({ canaryPercent: 10 }, onBlue).release;
    assert.equal(planUpdate({}, canary).gateChecks[0]?.servedUntil, "now", "the canary's traffic returns");
  });

  it("shift: a canary has not served, so the flip to it passes the strict gate check", () => {
    const canary = planUpdate({ canaryPercent: 10 }, onBlue).release;
    const strict = (wanted: Parameters<typeof planUpdate>[0], last: LastRelease) => {
      const gained = planUpdate(wanted, last).gateChecks.find(({ color }) => color === "green");
      assert.deepEqual([gained?.done, gained?.servedUntil], [false, undefined]);
    };
    strict({ live: "green" }, canary);
    strict({ canaryPercent: 50 }, canary);
    const ended = datedRelease(planUpdate({}, canary).release, TIMES);
    assert.deepEqual(ended.served, {});
    strict({ live: "green" }, stored(ended));
  });

  it("shift: forgets a version that served when another one is deployed to its color", () => {
    const dated = stored(datedRelease(flip.release, TIMES));
    const versions = { blue: "1.2.0", green: "1.1.0" };
    assert.deepEqual(planUpdate({ live: "green", versions }, dated).release.served, {});
    assert.deepEqual(planUpdate({ live: "green", idle: "off" }, dated).release.served, dated.served);
  });

  it("shift: a return by the config is a rollback, after which the version that lost its traffic is new again", () => {
    const flipped = stored(datedRelease(flip.release, TIMES));
    const back = stored(datedRelease(planUpdate({}, flipped, { request }).release, TIMES));
    assert.deepEqual([flipped.rolledBack, back.rolledBack], [undefined, { green: "1.1.0" }]);
    assert.deepEqual(planUpdate({ idle: "off" }, back).release.rolledBack, { green: "1.1.0" });
    const again = planUpdate({ live: "green" }, back, { request });
    assert.equal(again.gateChecks[0]?.servedUntil, undefined, "checked as a new version, and watched");
    assert.deepEqual([again.release.rolledBack, again.shift.watch?.color], [undefined, "green"]);
    const undone = planUpdate({}, stored(datedRelease(again.release, TIMES)));
    assert.equal(undone.gateChecks[0]?.servedUntil, NIGHT, "the return is a rollback again");
    const fixed = { blue: "1.0.0", green: "1.1.1" };
    assert.equal(planUpdate({ versions: fixed }, back).release.rolledBack, undefined);
  });

  it("shift: remembers the last ten", () => {
    let last: LastRelease = onBlue;
    for (let serial = 2; serial <= 15; serial++) {
      last = stored(planUpdate({ live: last.live === "blue" ? "green" : "blue" }, last).release);
    }
    assert.deepEqual(
      last.history?.map(({ serial }) => serial),
      [15, 14, 13, 12, 11, 10, 9, 8, 7, 6],
    );
  });
});
