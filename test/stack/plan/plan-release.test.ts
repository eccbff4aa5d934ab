import assert from "node:assert/strict";
import type { LastRelease } from "../../../stack/plan/last-release";
import type { ReleasePlan } from "../../../stack/plan/plan-release";
import type { WantedRelease } from "../../../stack/plan/wanted-release";
import { rejectedValues } from "../issues";
import { LAST, planUpdate, SCRIPTS, updateIssues } from "./support";

const checksOf = ({ gateChecks }: ReleasePlan) =>
  gateChecks.map((check) => [check.role, check.color, check.version, check.sharePercent]);

describe("release plan", () => {
  const deployed = planUpdate({}, { versions: { blue: "1.0.0" } });
  const flipped = planUpdate({ live: "green" }, deployed.release);
  const retired = planUpdate({ live: "green", idle: "off" }, flipped.release);
  const contracting = { live: "green", idle: "off", contractThrough: "0002_change" } as const;
  const contracted = planUpdate(contracting, retired.release);
  const blue = { color: "blue", version: "1.0.0" };
  const green = { color: "green", version: "1.1.0" };

  it("deploys to the idle color after the scripts that its version needs", () => {
    assert.deepEqual(deployed.weights, { blue: 100, green: 0 });
    assert.deepEqual([deployed.serving, deployed.idle, deployed.retired], [[blue], [green], []]);
    assert.deepEqual(deployed.migrations.expand, {
      versions: ["1.0.0", "1.1.0"],
      scripts: { "0001_change": "0001_change.expand", "0002_change": "0002_change.expand" },
      maxInvocations: 1,
    });
    assert.deepEqual(checksOf(deployed), [["live", "blue", "1.0.0", 100]]);
    assert.equal(deployed.rollback.open, true);
  });

  it("flips by the weights alone, with the contract scripts that would close the rollback window", () => {
    assert.deepEqual(flipped.weights, { blue: 0, green: 100 });
    assert.deepEqual(checksOf(flipped), [["live", "green", "1.1.0", 100]]);
    assert.deepEqual([flipped.serving, flipped.idle, flipped.retired], [[green], [blue], []]);
    assert.deepEqual(flipped.migrations, deployed.migrations);
    assert.deepEqual(flipped.rollback, {
      open: true,
      color: "blue",
      reason: "blue runs 1.0.0 and is warm",
      closedBy: [],
      wouldBeClosedBy: ["0002_change", "0003_change", "0004_change"],
    });
  });

  it("rolls back in one update while the rollback window is open", () => {
    assert.deepEqual(planUpdate({}, flipped.release).weights, { blue: 100, green: 0 });
  });

  it("retires the other color after the flip", () => {
    assert.deepEqual([retired.serving, retired.idle, retired.retired], [[green], [], [blue]]);
    assert.deepEqual([retired.rollback.open, retired.rollback.closedBy], [false, []]);
    assert.match(retired.rollback.reason, /blue has no instances/);
  });

  it("applies contract migrations once, and remembers them", () => {
    assert.deepEqual(contracted.migrations.contract?.through, "0002_change");
    assert.deepEqual(contracted.migrations.contract?.serving, [green]);
    assert.deepEqual(contracted.rollback.closedBy, ["0002_change"]);
    const next = planUpdate({ live: "green", idle: "off" }, contracted.release);
    assert.equal(next.migrations.contract, undefined);
    assert.equal(next.release.contracted?.through, "0002_change");
    assert.deepEqual(rejectedValues(updateIssues({}, next.release)), [["blueVersion", "1.0.0"]]);
  });

  it("does not expand for a version that is incompatible with the database", () => {
    assert.deepEqual(contracted.versions, ["1.0.0", "1.1.0"]);
    assert.deepEqual(contracted.migrations.expand.versions, ["1.1.0"]);
    assert.deepEqual(planUpdate(contracting, contracted.release).migrations, contracted.migrations);
  });

  it("invokes a migration step more than once only for a pending backfill", () => {
    const scripts = SCRIPTS.map((script) => (script.number === 2 ? { ...script, backfill: {} } : script));
    const invocations = (changes: Partial<WantedRelease>, last: LastRelease) => {
      const { migrations, release } = planUpdate(changes, last, { scripts });
      return { counts: [migrations.expand.maxInvocations, migrations.contract?.maxInvocations], release };
    };
    const onBlue = { ...LAST, versions: { blue: "1.0.0" } };
    const deploying = invocations({}, onBlue);
    assert.deepEqual(deploying.counts, [4, undefined]);
    assert.deepEqual(invocations({ maxMigrationInvocations: 16 }, onBlue).counts, [16, undefined]);
    const flipping = invocations({ live: "green" }, deploying.release);
    assert.deepEqual(flipping.counts, [4, undefined], "a flip leaves the steps as they are");
    const first = invocations(contracting, flipping.release);
    assert.deepEqual(first.counts, [4, 4]);
    assert.deepEqual(invocations(contracting, first.release).counts, [4, 4]);
    const versions = { blue: "1.2.0", green: "1.1.0" };
    const next = invocations({ ...contracting, versions }, first.release);
    assert.deepEqual(next.counts, [1, 4], "the next version has no backfill");
  });

  it("checks a canary when its share changes, and the live color when the canary ends", () => {
    const canary = planUpdate({ canaryPercent: 10 }, deployed.release);
    assert.deepEqual(canary.weights, { blue: 90, green: 10 });
    assert.deepEqual(checksOf(canary), [
      ["live", "blue", "1.0.0", 100],
      ["canary", "green", "1.1.0", 10],
    ]);
    const [ended, ...more] = planUpdate({}, canary.release).gateChecks;
    assert.deepEqual([ended?.color, ended?.trigger], ["blue", { serial: 3, otherSharePercent: 10 }]);
    assert.deepEqual(more, []);
  });

  it("passes on the warnings of the analysis report", () => {
    const report = { breaks: [], findings: [], unknown: ["0002_change.expand.sql was not traced."] };
    assert.deepEqual(planUpdate({}, {}, { report }).warnings, report.unknown);
  });
});
