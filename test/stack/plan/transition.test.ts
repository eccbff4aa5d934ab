import assert from "node:assert/strict";
import { planRelease, type ReleasePlan } from "../../../stack/plan/plan-release";
import type { LastRelease, WantedRelease } from "../../../stack/plan/release-context";
import { NO_FINDINGS, SCRIPTS, sentencesOf, WANTED } from "./support";

const LAST: LastRelease = { live: "blue", versions: WANTED.versions, weights: { blue: 100, green: 0 } };
const contracted = (through: string) => ({ through, serving: [] });

function plan(
  changes: Partial<WantedRelease>,
  last: Partial<LastRelease> | null = {},
  { scripts = SCRIPTS, at = "now" } = {},
) {
  const before = last === null ? undefined : { ...LAST, ...last };
  return planRelease({ ...WANTED, ...changes }, before, scripts, NO_FINDINGS, at);
}

const refused = (changes: Partial<WantedRelease>, last: Partial<LastRelease> | null = {}) =>
  sentencesOf(() => plan(changes, last));

describe("what one update cannot do", () => {
  it("is a new version on the color that has the users", () => {
    assert.deepEqual(refused({ versions: { blue: "1.1.0" } }, { versions: { blue: "1.0.0" } }), [
      'blueVersion: got "1.1.0"; allowed is "1.0.0" while blue has 100 % of the users. Set blueVersion back to 1.0.0 and deploy 1.1.0 to green, or move the users to green first.',
    ]);
  });

  it("is a new version under a canary, when neither color is free for it", () => {
    const changes = { canaryPercent: 20, versions: { blue: "1.0.0", green: "1.2.0" } };
    assert.deepEqual(refused(changes, { weights: { blue: 80, green: 20 } }), [
      'greenVersion: got "1.2.0"; allowed is "1.1.0" while green has 20 % of the users. Set greenVersion back to 1.1.0, or move the users to blue first.',
    ]);
  });

  it("is a new version under a canary of 1 %, when that ends in the same update", () => {
    const versions = { blue: "1.0.0", green: "1.2.0" };
    assert.deepEqual(refused({ versions }, { weights: { blue: 99, green: 1 } }), [
      'greenVersion: got "1.2.0"; allowed is "1.1.0" while green has 1 % of the users. Set greenVersion back to 1.1.0, or move the users to blue first.',
    ]);
  });

  it("is to leave a color and to replace or remove what it ran", () => {
    for (const [blue, got] of [
      ["1.2.0", '"1.2.0"'],
      [undefined, "nothing"],
    ]) {
      const [sentence = "", ...more] = refused({ live: "green", versions: { blue, green: "1.1.0" } });
      assert.ok(
        sentence.startsWith(`blueVersion: got ${got}; allowed is "1.0.0" while blue has 100 %`),
        sentence,
      );
      assert.deepEqual(more, []);
    }
  });

  it("is to deploy a version and to make it live", () => {
    assert.deepEqual(refused({ live: "green", versions: { blue: "1.0.0", green: "1.2.0" } }), [
      'live: got "green"; allowed is a color whose version is deployed already: green ran 1.1.0 after the last update, and 1.2.0 is new. Deploy first: set live to blue, run `pulumi up`, then move the users.',
    ]);
    assert.match(
      refused({ live: "green" }, { versions: { blue: "1.0.0" } }).join(),
      /: green ran nothing after the last update, and 1\.1\.0 is new\./,
    );
  });

  it("is to deploy a version and to give it a share", () => {
    assert.deepEqual(refused({ canaryPercent: 5, versions: { blue: "1.0.0", green: "1.2.0" } }), [
      "canaryPercent: got 5; allowed is a share for a color whose version is deployed already: green ran 1.1.0 after the last update, and 1.2.0 is new. Deploy first: set canaryPercent to 0, run `pulumi up`, then move the users.",
    ]);
  });

  it("is told with everything else that is wrong", () => {
    const keys = refused({
      canaryPercent: 5,
      versions: { blue: "1.3.0", green: undefined },
      idle: "off",
      contractThrough: "0009_none",
    }).map((sentence) => sentence.split(":")[0]);
    assert.deepEqual(keys, ["canaryPercent", "idle", "blueVersion", "contractThrough"]);
  });

  it("is nothing on the first update, when nobody has users to lose", () => {
    assert.deepEqual(refused({ live: "green", versions: { blue: "1.0.0", green: "1.3.0" } }, null), []);
  });
});

describe("what the database does not allow", () => {
  it("is a contract script that the color with the users still needs", () => {
    assert.deepEqual(refused({ contractThrough: "0002_change" }), [
      'contractThrough: got "0002_change"; allowed is a script that no color which can serve still needs: blue runs 1.0.0, which needs what 0002_change.contract.sql would remove. Move the users to a color with 1.1.0 or later first, or take contractThrough back.',
    ]);
  });

  it("is a contract script that a warm color still needs, told once for all scripts up to it", () => {
    const last = {
      live: "green",
      weights: { blue: 0, green: 100 },
      versions: { blue: "1.0.0", green: "1.3.0" },
    } as const;
    const changes = { live: "green", versions: last.versions, contractThrough: "0004_change" } as const;
    assert.deepEqual(refused(changes, last), [
      'contractThrough: got "0004_change"; allowed is a script that no color which can serve still needs: blue runs 1.0.0, which needs what 0002_change.contract.sql, 0003_change.contract.sql, 0004_change.contract.sql would remove. Deploy 1.3.0 or later to blue, or retire it with idle: off, or take contractThrough back.',
    ]);
    assert.deepEqual(refused({ ...changes, idle: "off" }, last), []);
  });

  it("is a contract in the update whose leaving servers still need what goes", () => {
    const last = {
      live: "green",
      weights: { blue: 0, green: 100 },
      versions: { blue: "1.0.0", green: "1.3.0" },
    } as const;
    const versions = { blue: "1.3.0", green: "1.3.0" };
    assert.deepEqual(refused({ live: "green", versions, contractThrough: "0002_change" }, last), [
      'contractThrough: got "0002_change"; allowed is nothing that 1.0.0 needs, in the update that takes it off blue: its servers go at the very end, after 0002_change.contract.sql. Run `pulumi up` without contractThrough first, then with it.',
    ]);
    assert.deepEqual(
      refused({ live: "green", versions, contractThrough: "0002_change" }, { ...last, versions }),
      [],
    );
  });

  it("is a version that needs what is gone, told with the version that survives all of it", () => {
    const last = {
      live: "green",
      weights: { blue: 0, green: 100 },
      versions: { green: "1.3.0" },
      contracted: contracted("0003_change"),
    } as const;
    const changes = { live: "green", versions: { blue: "1.0.0", green: "1.3.0" } } as const;
    assert.deepEqual(refused(changes, last), [
      'blueVersion: got "1.0.0"; allowed is 1.2.0 or later, because 1.0.0 needs what 0002_change.contract.sql, 0003_change.contract.sql removed. Set blueVersion to 1.2.0 or later, or idle to off while blue has no users.',
    ]);
  });

  it("is a contract script that there is none of", () => {
    assert.deepEqual(refused({ contractThrough: "0001_change" }), [
      'contractThrough: got "0001_change"; allowed is the id of a contract script: 0002_change, 0003_change, 0004_change. Name the last script that may run, or remove the setting: `pulumi config rm contractThrough`.',
    ]);
  });

  it("is a folder that has lost what is applied", () => {
    assert.deepEqual(refused({}, { contracted: contracted("0008_gone") }), [
      "migrations: got a folder without 0008_gone.contract.sql; allowed is a folder with every script that is applied, this one among them. Bring the script back: what it removed decides which versions may run.",
    ]);
  });
});

/** What the gate is asked, without when. */
const checksOf = ({ gates }: ReleasePlan) =>
  gates.map((gate) => `${gate.role}: ${gate.color} ${gate.version} for ${gate.sharePercent} %`);

describe("a release from one color to the other", () => {
  const deployed = plan({}, { versions: { blue: "1.0.0" } });
  const flipped = plan({ live: "green" }, deployed.release);
  const retired = plan({ live: "green", idle: "off" }, flipped.release);
  const done = plan({ live: "green", idle: "off", contractThrough: "0002_change" }, retired.release);

  it("deploys to the color without users, after the scripts that its version needs", () => {
    assert.deepEqual(deployed.weights, { blue: 100, green: 0 });
    assert.deepEqual(deployed.schema.expand, {
      versions: ["1.0.0", "1.1.0"],
      scripts: { "0001_change": "0001_change.expand", "0002_change": "0002_change.expand" },
      maxInvocations: 1,
    });
    assert.deepEqual(checksOf(deployed), ["live: blue 1.0.0 for 100 %"]);
    assert.equal(deployed.wayBack.open, true);
  });

  it("moves the users by the weights alone, and says what would close the way back", () => {
    assert.deepEqual(flipped.weights, { blue: 0, green: 100 });
    assert.deepEqual(checksOf(flipped), ["live: green 1.1.0 for 100 %"]);
    assert.deepEqual(flipped.colors, deployed.colors);
    assert.deepEqual(flipped.schema, deployed.schema);
    assert.deepEqual(flipped.wayBack, {
      open: true,
      color: "blue",
      reason: "blue runs 1.0.0 and is warm",
      closedBy: [],
      wouldBeClosedBy: ["0002_change", "0003_change", "0004_change"],
    });
  });

  it("goes back in one update while the way back is open", () => {
    assert.deepEqual(plan({}, flipped.release).weights, { blue: 100, green: 0 });
  });

  it("retires the other color after the users have moved", () => {
    assert.deepEqual(retired.retired, ["blue"]);
    assert.deepEqual(retired.colors.blue, { version: "1.0.0", on: false });
    assert.equal(retired.wayBack.reason, "blue is off: set idle to warm first");
  });

  it("contracts what no color needs any more, and keeps that in mind", () => {
    assert.equal(done.schema.contract?.through, "0002_change");
    assert.deepEqual(done.wayBack.closedBy, ["0002_change"]);
    assert.equal(done.wayBack.reason, "blue runs 1.0.0, which needs what 0002_change removed");
    const later = plan({ live: "green", idle: "off" }, done.release);
    assert.equal(later.schema.contract, undefined);
    assert.equal(later.release.contracted?.through, "0002_change");
    assert.match(
      refused({}, later.release).join(),
      /^blueVersion: got "1\.0\.0"; allowed is 1\.1\.0 or later/,
    );
  });

  it("expands no longer for a version that the database can serve no more", () => {
    assert.deepEqual(done.versions, ["1.0.0", "1.1.0"]);
    assert.deepEqual(done.schema.expand.versions, ["1.1.0"]);
    const later = plan({ live: "green", idle: "off", contractThrough: "0002_change" }, done.release);
    assert.deepEqual(later.schema, done.schema);
  });

  it("invokes a step more than once only for a backfill that is still to come", () => {
    const withBackfill = SCRIPTS.map((script) =>
      script.number === 2 ? { ...script, backfill: {} } : script,
    );
    const invocations = (changes: Partial<WantedRelease>, last: LastRelease) => {
      const { schema, release } = plan(changes, last, { scripts: withBackfill });
      return { counts: [schema.expand.maxInvocations, schema.contract?.maxInvocations], release };
    };
    const only = { ...LAST, versions: { blue: "1.0.0" } };
    const deploying = invocations({}, only);
    assert.deepEqual(deploying.counts, [4, undefined]);
    assert.deepEqual(invocations({ maxMigrationInvocations: 16 }, only).counts, [16, undefined]);
    // What only moves users leaves the steps as they are.
    const flipping = invocations({ live: "green" }, deploying.release);
    assert.deepEqual(flipping.counts, [4, undefined]);
    const contracting = { live: "green", idle: "off", contractThrough: "0002_change" } as const;
    const contracted = invocations(contracting, flipping.release);
    assert.deepEqual(contracted.counts, [4, 4]);
    assert.deepEqual(invocations(contracting, contracted.release).counts, [4, 4]);
    // The next version has none, or its one is applied already.
    const versions = { blue: "1.2.0", green: "1.1.0" };
    assert.deepEqual(invocations({ ...contracting, versions }, contracted.release).counts, [1, 4]);
  });

  it("looks at a canary again when its share changes, and at nobody new when it ends", () => {
    const canary = plan({ canaryPercent: 10 }, deployed.release);
    assert.deepEqual(canary.weights, { blue: 90, green: 10 });
    assert.deepEqual(checksOf(canary), ["live: blue 1.0.0 for 100 %", "canary: green 1.1.0 for 10 %"]);
    assert.deepEqual(plan({}, canary.release).gates, deployed.gates);
  });
});
