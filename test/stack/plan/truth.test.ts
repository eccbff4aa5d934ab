import assert from "node:assert/strict";
import { formatIssue } from "../../../components/validation/validation-issue";
import type { LastRelease, Weights } from "../../../stack/plan/last-release";
import { compareTruth, type ProductionReading, type Truth, type TruthInput } from "../../../stack/plan/truth";
import type { ShiftRecord } from "../../../traffic/shift-record";
import { LAST, planUpdate, WANTED } from "./support";

const ON_BLUE = { blue: 100, green: 0 };
const ON_GREEN = { blue: 0, green: 100 };
const AT = "2026-03-01T03:00:00.000Z";

const MEMORY: LastRelease = {
  ...LAST,
  serial: 4,
  kind: "shift",
  actor: "anna",
  gateChecks: { live: { serial: 4, otherSharePercent: 100 } },
  history: [{ serial: 4, kind: "shift", weights: ON_BLUE }],
};

const rule = (weights: Weights, record?: Partial<ShiftRecord>): ProductionReading => ({
  kind: "rule",
  weights,
  record: record && { serial: 4, kind: "shift", ...record },
});

const compare = (input: Partial<TruthInput>) =>
  compareTruth({ last: MEMORY, rule: rule(ON_BLUE, {}), wanted: WANTED, ...input });

function accepted(input: Partial<TruthInput>): Truth {
  const truth = compare(input);
  assert.ok(!("issues" in truth), JSON.stringify(truth));
  return truth;
}

function sentences(input: Partial<TruthInput>): string[] {
  const truth = compare(input);
  assert.ok("issues" in truth, "it was accepted");
  return truth.issues.map(formatIssue);
}

const FLIP = { ...WANTED, live: "green" } as const;

describe("truth", () => {
  it("truth: is the memory while the rule has the same traffic", () => {
    for (const record of [undefined, {}, { serial: 3 }]) {
      const { before, stance } = accepted({ rule: rule(ON_BLUE, record) });
      assert.deepEqual([before, stance], [MEMORY, "agreed"]);
    }
    assert.equal(accepted({ wanted: FLIP }).stance, "agreed");
  });

  it("truth: of an upgraded stack counts no shift yet", () => {
    assert.equal(accepted({ last: LAST, rule: rule(ON_BLUE) }).stance, "agreed");
    assert.equal(planUpdate({}, LAST).release.serial, 1);
  });

  it("truth: continues a shift of the program that an interrupted update made", () => {
    const moved = { wanted: FLIP, rule: rule(ON_GREEN, { serial: 5 }) };
    for (const expectedSerial of [undefined, 4, 5]) {
      const { before, stance } = accepted({ ...moved, expectedSerial });
      assert.deepEqual([before, stance], [MEMORY, "interrupted"]);
    }
    const plan = planUpdate({ live: "green" }, MEMORY);
    assert.equal(plan.release.serial, 5, "with the same number");
    assert.deepEqual(plan.gateChecks[0]?.trigger, { serial: 5, otherSharePercent: 100 });
  });

  it("truth: adopts a rollback that the config agrees with, without a gate check", () => {
    const record = { serial: 6, kind: "rollback", actor: "ben", reason: "errors", at: AT } as const;
    const last: LastRelease = { ...MEMORY, live: "green", weights: ON_GREEN };
    const { before, stance } = accepted({ last, rule: rule(ON_BLUE, record) });
    assert.equal(stance, "adopted");
    assert.ok(before);
    const plan = planUpdate({}, before);
    assert.deepEqual([plan.shift.isShift, plan.gateChecks, plan.shift.watch], [false, [], undefined]);
    const { serial, kind, actor, reason, started, served, history } = plan.release;
    assert.deepEqual([serial, kind, actor, reason, started], [6, "rollback", "ben", "errors", AT]);
    assert.deepEqual(served, { green: { version: "1.1.0", until: AT } });
    assert.deepEqual(plan.release.rolledBack, { green: "1.1.0" });
    const again = planUpdate({ live: "green" }, before).gateChecks[0];
    assert.deepEqual([again?.color, again?.servedUntil], ["green", undefined], "the strict check");
    assert.deepEqual(
      history?.map((each) => each.serial),
      [6, 4],
    );
  });

  it("truth: adopts the rollback of a watch, after which the traffic is where it was", () => {
    const record = { serial: 6, kind: "watch-rollback", reason: "alarm", at: AT } as const;
    const { before, stance } = accepted({ rule: rule(ON_BLUE, record) });
    assert.equal(stance, "adopted");
    assert.deepEqual([before?.serial, before?.gateChecks?.live?.serial], [6, 4]);
    assert.deepEqual(before?.served, {}, "a version that was rolled back did not prove itself");
    assert.deepEqual(before?.rolledBack, { green: "1.1.0" });
    assert.equal(planUpdate({ live: "green" }, before).release.serial, 7);
    const canary = (green: number) => ({ blue: 100 - green, green });
    const steps = { last: { ...MEMORY, weights: canary(75) }, rule: rule(canary(75), record) };
    const reduced = accepted({ ...steps, wanted: { ...WANTED, canaryPercent: 75 } });
    assert.deepEqual(reduced.before?.rolledBack, { green: "1.1.0" }, "a canary with most of the traffic");
  });

  it("truth: rejects the config of before a rollback, and says since when, by whom, and each choice", () => {
    const record = { serial: 6, kind: "rollback", actor: "ben", reason: "errors", at: AT } as const;
    const last: LastRelease = { ...MEMORY, live: "green", weights: ON_GREEN };
    assert.deepEqual(sentences({ last, wanted: FLIP, rule: rule(ON_BLUE, record) }), [
      "live must be the traffic of the production rule, which was shifted since the last update (green 100 %): " +
        'blue 100 %; shift 6, rollback, by ben, at 2026-03-01T03:00:00.000Z, reason: errors, got "green". ' +
        "To keep its traffic: pulumi config set live blue; pulumi config set canaryPercent 0; pulumi up. " +
        "To shift it as the config says, after a gate check: pulumi config set expectedSerial 6; pulumi up.",
    ]);
  });

  it("truth: rejects the flip that a watch rolled back to a canary, with the live color of before", () => {
    const record = { serial: 6, kind: "watch-rollback", reason: "alarm", at: AT } as const;
    const canary = { blue: 90, green: 10 };
    const last: LastRelease = { ...MEMORY, weights: canary };
    const [sentence, ...more] = sentences({ last, wanted: FLIP, rule: rule(canary, record) });
    assert.deepEqual(more, []);
    assert.match(sentence ?? "", /^live must be .*, which was shifted back since the last update: blue 90 %/);
    assert.match(
      sentence ?? "",
      /keep its traffic: pulumi config set live blue; pulumi config set canaryPercent 10;/,
    );
  });

  it("truth: rejects an update of the former config after weights were set by hand", () => {
    const [sentence, ...more] = sentences({ rule: rule({ blue: 70, green: 30 }, {}) });
    assert.deepEqual(more, []);
    assert.match(sentence ?? "", /^canaryPercent must be .*blue 70 %, green 30 %; shift 4.*, got 0\. /);
    assert.match(sentence ?? "", /config set canaryPercent 30/);
  });

  it("truth: shifts from the rule's traffic when the config expects its number", () => {
    const by = rule(ON_GREEN, { serial: 6, kind: "rollback", at: AT });
    const { before } = accepted({ rule: by, expectedSerial: 6 });
    assert.deepEqual(before?.weights, ON_GREEN);
    const { gateChecks, release } = planUpdate({}, before);
    assert.deepEqual(
      gateChecks.map(({ color, done, trigger }) => [color, done, trigger.serial]),
      [["blue", false, 7]],
    );
    assert.equal(release.serial, 7);
  });

  it("truth: rejects a config that expects another number of shifts", () => {
    for (const expectedSerial of [0, 3, 5]) {
      const [sentence] = sentences({ expectedSerial });
      assert.match(sentence ?? "", new RegExp(`^expectedSerial must be 4, .*, got ${expectedSerial}\\.`));
    }
    assert.equal(accepted({ expectedSerial: 4 }).stance, "agreed");
    assert.equal(accepted({ rule: { kind: "unread" }, expectedSerial: 4 }).stance, "unread");
    assert.match(sentences({ rule: { kind: "unread" }, expectedSerial: 3 })[0] ?? "", /^expectedSerial/);
  });

  it("truth: rejects a rule with a target group of no color, also with its number", () => {
    const foreign: ProductionReading = {
      ...{ kind: "rule", weights: { blue: 50, green: 0 }, foreign: ["arn:other"] },
    };
    for (const expectedSerial of [undefined, 4]) {
      const [sentence = ""] = sentences({ rule: foreign, expectedSerial });
      assert.match(sentence, /arn:other.*Remove the foreign.*changeover rollback --to blue\.$/);
      assert.doesNotMatch(sentence, /To keep/);
    }
  });

  it("truth: rejects a rule without traffic to a color, and shifts from it with its number", () => {
    const closed = rule({ blue: 0, green: 0 }, {});
    const [sentence = ""] = sentences({ rule: closed });
    assert.match(sentence, /\(blue 100 %\): no traffic to a color; shift 4/);
    assert.doesNotMatch(sentence, /To keep/);
    const { before } = accepted({ rule: closed, expectedSerial: 4 });
    const { gateChecks, release } = planUpdate({}, before, { isAdopted: true });
    assert.deepEqual([gateChecks[0]?.color, gateChecks[0]?.done, release.serial], ["blue", false, 5]);
    assert.equal(release.rolledBack, undefined);
  });

  it("truth: says that the rule was not read, or is missing", () => {
    assert.match(accepted({ rule: { kind: "unread" } }).notes[0] ?? "", /was not read/);
    assert.match(
      accepted({ rule: { kind: "none" } }).notes[0] ?? "",
      /does not exist in AWS\. Run `pulumi refresh`/,
    );
    assert.deepEqual(accepted({ last: undefined, rule: { kind: "none" } }), {
      ...{ before: undefined, stance: "agreed", notes: [] },
    });
  });

  it("truth: rejects an update without memory while a production rule exists", () => {
    for (const input of [{}, { wanted: FLIP, expectedSerial: 4 }]) {
      const [sentence] = sentences({ last: undefined, ...input });
      assert.match(
        sentence ?? "",
        /^The stack's output `release` must be .*\(blue 100 %; shift 4, shift\), got nothing\./,
      );
      assert.match(
        sentence ?? "",
        /config set live blue; .*; pulumi config set expectedSerial 4; pulumi up\.$/,
      );
    }
    assert.match(sentences({ last: undefined, expectedSerial: 3 })[0] ?? "", /^expectedSerial must be 4/);
  });

  it("truth: recovers without memory if config, number and rule agree, and checks the versions that run", () => {
    const { before, stance } = accepted({ last: undefined, expectedSerial: 4 });
    assert.equal(stance, "recovered");
    assert.deepEqual(before?.versions, { blue: "1.0.0" }, "a color without traffic is deployed again");
    const plan = planUpdate({}, { ...before, versions: { blue: "1.0.0" } }, { isRecovered: true });
    assert.deepEqual(plan.deployed, ["blue"], "instances with traffic stay as they are");
    assert.deepEqual(
      plan.gateChecks.map(({ color, version, done }) => [color, version, done]),
      [["blue", "1.0.0", false]],
    );
    assert.deepEqual([plan.shift.isShift, plan.release.serial], [false, 4]);
  });
});
