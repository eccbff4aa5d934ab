import assert from "node:assert/strict";
import fc from "fast-check";
import { type ApplicationConnection, connectionsBefore } from "../../../migrations/runner/drain";
import { type LedgerRow, sha256 } from "../../../migrations/runner/ledger";
import { planContract, planExpand } from "../../../migrations/runner/plan";
import type { MigrationScript } from "../../../migrations/script/script";
import { compareVersions } from "../../../migrations/script/version";
import { contract, expand, scriptsOf } from "./migrate-fixture";

const minor = (n: number) => `1.${n}.0`;
/** Change n is needed by 1.n.0, which no longer uses what was before. */
const scripts = scriptsOf(
  Object.fromEntries(
    [1, 2, 3, 4, 5].flatMap((n) => [
      [`000${n}_change.expand`, expand("SELECT 1;", minor(n))],
      [`000${n}_change.contract`, contract("SELECT 1;", minor(n))],
    ]),
  ),
);
const row = (script: MigrationScript, applied = true): LedgerRow => ({
  id: script.id,
  phase: script.phase,
  sha256: script.sha256,
  sqlSha256: sha256(script.sql),
  version: script.neededBy ?? script.deadFrom ?? "",
  applied,
});
const expanded = scripts.filter(({ phase }) => phase === "expand").map((script) => row(script));
const release = fc.integer({ min: 0, max: 7 }).map(minor);

describe("runner: plan", () => {
  it("expands to exactly the scripts that one of the versions needs", () => {
    fc.assert(
      fc.property(fc.array(release, { minLength: 1, maxLength: 3 }), (versions) => {
        const { wanted } = planExpand({ phase: "expand", versions }, scripts, []);
        for (const script of scripts) {
          const needed = versions.some(
            (version) => compareVersions(script.neededBy ?? "9.9.9", version) <= 0,
          );
          assert.equal(wanted.includes(script), needed, script.file);
        }
      }),
    );
  });

  it("never contracts what a serving color needs, and rejects a version older than an applied contract", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), release, release, (last, blue, green) => {
        const serving = [
          { color: "blue", version: blue },
          { color: "green", version: green },
        ];
        const safe = serving.every(({ version }) => compareVersions(version, minor(last)) >= 0);
        const plan = () =>
          planContract(
            { phase: "contract", through: `000${last}_change`, serving, appName: "x" },
            scripts,
            expanded,
          );
        if (!safe) return void assert.throws(plan, /but (blue|green) is warm with/);
        const { wanted } = plan();
        assert.deepEqual(
          wanted.map(({ number }) => number),
          [1, 2, 3, 4, 5].slice(0, last),
        );
        const ledger = [...expanded, ...wanted.map((script) => row(script))];
        const back = () => planExpand({ phase: "expand", versions: [minor(last - 1)] }, scripts, ledger);
        assert.throws(back, /is incompatible with this database/);
        planExpand({ phase: "expand", versions: [blue, green] }, scripts, ledger);
      }),
    );
  });

  it("rejects a contract before its expand is applied, and ignores the serving versions for applied contracts", () => {
    const serving = [{ color: "blue", version: "1.9.0" }];
    const request = { phase: "contract" as const, through: "0002_change", serving, appName: "x" };
    const [first, , second] = scripts;
    assert.ok(first && second);
    assert.throws(
      () => planContract(request, scripts, [row(first), row(second, false)]),
      /0002_change\.expand\.sql is not applied/,
    );
    const done = scripts.slice(0, 4).map((script) => row(script));
    const old = { ...request, serving: [{ color: "blue", version: "1.0.0" }] };
    const plan = planContract(old, scripts, done);
    assert.ok(plan.wanted.every(plan.isApplied));
  });

  it("accepts an older checkout on a database that a newer one has expanded", () => {
    const plan = planExpand({ phase: "expand", versions: ["1.1.0"] }, scripts.slice(0, 2), expanded);
    assert.deepEqual(
      plan.wanted.map(({ id }) => id),
      ["0001_change"],
    );
  });

  it("counts every connection without a known newer version as old", () => {
    const connection = (application: string): ApplicationConnection => ({ pid: 1, application, user: "app" });
    const old = [
      "",
      "psql",
      "changeover:blue:1.0.0",
      "changeover:blue:one",
      "changeover:blue",
      "other:blue:2.0.0",
    ];
    const fresh = ["changeover:blue:1.1.0", "changeover:green:2.0.0"];
    const found = connectionsBefore([...old, ...fresh].map(connection), "changeover", "1.1.0");
    assert.deepEqual(
      found.map(({ application }) => application),
      old,
    );
  });
});
