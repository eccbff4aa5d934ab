import assert from "node:assert/strict";
import type { AnalysisReport, QueryBreak } from "../../../migrations/analysis/report";
import type { ScriptFacts } from "../../../stack/plan/scripts";
import { planRelease } from "../../../stack/plan/plan-release";
import type { LastRelease, WantedRelease } from "../../../stack/plan/release-context";
import { RefusedError } from "../../../stack/validation-error";
import { NO_FINDINGS, WANTED } from "./support";

const script = (id: string, facts: Partial<ScriptFacts>): ScriptFacts => ({
  id,
  number: Number(id.slice(0, 4)),
  phase: "expand",
  sha256: id,
  ...facts,
});
const scripts = [
  script("0001_base", { neededBy: "1.0.0" }),
  script("0002_split", { neededBy: "1.1.0" }),
  script("0002_split", { phase: "contract", deadFrom: "1.1.0" }),
];
const last: LastRelease = { live: "blue", versions: { blue: "1.0.0" }, weights: { blue: 100, green: 0 } };

function breakBy(phase: "expand" | "contract", version: string, query = "findRecord"): QueryBreak {
  const file = `app/versions/${version}.ts`;
  const by = { id: "0002_split", phase, file: `0002_split.${phase}.sql` };
  return { version, file, query, script: by, problem: 'it no longer prepares: column "name" does not exist' };
}

function refused(
  verdict: Partial<AnalysisReport>,
  release: Partial<WantedRelease> = {},
  before?: LastRelease,
): string {
  try {
    planRelease({ ...WANTED, ...release }, before, scripts, { ...NO_FINDINGS, ...verdict }, "now");
    return "";
  } catch (error) {
    assert.ok(error instanceof RefusedError);
    return error.message;
  }
}

describe("plan: queries of versions that can serve", () => {
  it("refuses an expand script that breaks the version which serves, with version, query and file", () => {
    assert.equal(
      refused({ breaks: [breakBy("expand", "1.0.0")] }, {}, last),
      "0002_split.expand.sql: got a script that breaks 1.0.0, which can serve when it runs (app/versions/1.0.0.ts: " +
        'findRecord: it no longer prepares: column "name" does not exist); allowed is a change that no version which ' +
        "can serve notices. Keep the old shape beside the new one, and take it away in a contract script.",
    );
  });

  it("says so once for all queries of a version", () => {
    const names = ["a", "b", "c", "d", "e"];
    const message = refused({ breaks: names.map((name) => breakBy("expand", "1.0.0", name)) }, {}, last);
    assert.match(message, /a: it no .*; b: it no .*; c: it no .*; and 2 more\)/);
    assert.equal(message.split("\n").length, 1);
  });

  it("leaves alone what does not run, and versions that cannot serve", () => {
    const verdict = { breaks: [breakBy("expand", "1.0.0"), breakBy("contract", "1.1.0")] };
    assert.equal(refused(verdict, { versions: { blue: "1.0.0" } }, last), "");
    assert.equal(refused(verdict, { versions: { blue: "1.1.0" } }), "");
    assert.equal(refused({ breaks: [breakBy("expand", "0.9.0")] }, {}, last), "");
  });

  it("refuses a contract script whose header promises what the queries do not keep", () => {
    const on11 = { versions: { blue: "1.1.0", green: "1.1.0" }, contractThrough: "0002_split" };
    const message = refused({ breaks: [breakBy("contract", "1.1.0")] }, on11);
    assert.match(
      message,
      /^0002_split\.contract\.sql: got a script that breaks 1\.1\.0.*Its dead-from is too old/,
    );
    assert.equal(refused({ breaks: [breakBy("contract", "1.0.0")] }, on11), "");
  });

  it("refuses a version whose queries fit no schema, and lets a release out of such a state", () => {
    const own = { version: "1.1.0", file: "app/versions/1.1.0.ts", query: "note", problem: "it asks for *" };
    assert.match(
      refused({ breaks: [own] }, {}, last),
      /^app\/versions\/1\.1\.0\.ts: got queries that 1\.1\.0 cannot rely on \(note: it asks for \*\).*needed-by: 1\.1\.0/,
    );
    const bad: LastRelease = { ...last, versions: { blue: "1.1.0" } };
    assert.equal(refused({ breaks: [own] }, { versions: { blue: "1.1.0", green: "1.0.0" } }, bad), "");
    const broken = { breaks: [breakBy("expand", "1.0.0")] };
    const both: LastRelease = { ...last, versions: { blue: "1.0.0", green: "1.1.0" } };
    assert.equal(refused(broken, { live: "green", canaryPercent: 0 }, both), "");
    // Back to a version that does not live with what is applied: it had no users.
    const moved: LastRelease = { live: "green", versions: both.versions, weights: { blue: 0, green: 100 } };
    assert.match(refused(broken, { live: "blue" }, moved), /breaks 1\.0\.0/);
  });

  it("refuses everything while a script does not apply", () => {
    const unusable = '0002_split.expand.sql:3: relation "visit" does not exist.';
    assert.match(
      refused({ unusable }),
      /^migrations: got 0002_split\.expand\.sql:3: relation "visit" does not exist; allowed/,
    );
  });
});

describe("plan: what clients would feel", () => {
  const finding = (
    facts: Partial<AnalysisReport["findings"][number]> = {},
  ): AnalysisReport["findings"][number] => ({
    rule: "add-unique",
    severity: "error",
    file: "0002_split.expand.sql",
    line: 4,
    statement: "ALTER TABLE visits ADD UNIQUE (name)",
    impact: "Reads and writes wait while the index is built.",
    remediation: "CREATE UNIQUE INDEX CONCURRENTLY ...",
    ...facts,
  });

  it("refuses a script that is about to run, with its place, what is felt, and both ways on", () => {
    assert.equal(
      refused({ findings: [finding()] }, {}, last),
      "0002_split.expand.sql:4: got ALTER TABLE visits ADD UNIQUE (name) (add-unique: Reads and writes wait while the " +
        "index is built.); allowed is a statement that clients do not feel, or one with a reason why they may. " +
        '`npm run migrate -- check` writes the safe way out; or write "-- lint-ignore add-unique: <why>" above it.',
    );
    const on11: LastRelease = { live: "blue", versions: { blue: "1.1.0" }, weights: { blue: 100, green: 0 } };
    const contract = finding({ file: "0002_split.contract.sql" });
    const release = { versions: { blue: "1.1.0" }, contractThrough: "0002_split" };
    assert.match(refused({ findings: [contract] }, release, on11), /^0002_split\.contract\.sql:4: /);
  });

  it("lets pass what does not run now, what has a reason, and warnings", () => {
    const alone = { versions: { blue: "1.0.0" } };
    assert.equal(refused({ findings: [finding()] }, alone, last), "");
    assert.equal(refused({ findings: [finding({ file: "0001_base.expand.sql" })] }, {}, last), "");
    assert.equal(refused({ findings: [finding({ suppressed: { reason: "twelve rows" } })] }, {}, last), "");
    assert.equal(refused({ findings: [finding({ severity: "warning" })] }, {}, last), "");
  });

  it("goes by what has run: a script can be added for a version that is deployed already", () => {
    const both: LastRelease = { ...last, versions: { blue: "1.0.0", green: "1.1.0" } };
    const { release } = planRelease(WANTED, both, scripts, NO_FINDINGS, "now");
    assert.deepEqual(release.applied, {
      "0001_base.expand.sql": "0001_base",
      "0002_split.expand.sql": "0002_split",
    });
    const late = { ...both, applied: { "0001_base.expand.sql": "0001_base" } };
    assert.match(refused({ findings: [finding()] }, {}, late), /^0002_split\.expand\.sql:4: /);
    assert.equal(refused({ findings: [finding()] }, {}, { ...both, applied: release.applied }), "");
    // A step that failed can be mended, and what was mended is judged like any other.
    const edited = { ...both, applied: { ...release.applied, "0002_split.expand.sql": "before" } };
    assert.match(refused({ findings: [finding()] }, {}, edited), /^0002_split\.expand\.sql:4: /);
  });

  it("says nothing of scripts in a release that their headers rule out already", () => {
    const verdict = {
      breaks: [breakBy("contract", "1.0.0")],
      findings: [finding({ file: "0002_split.contract.sql" })],
    };
    const both: LastRelease = { ...last, versions: WANTED.versions };
    const sentences = refused(verdict, { contractThrough: "0002_split" }, both).split("\n");
    assert.deepEqual(
      sentences.map((sentence) => sentence.split(":")[0]),
      ["contractThrough"],
    );
  });

  it("lets everything pass while nobody is served", () => {
    assert.equal(refused({ findings: [finding()] }), "");
    assert.equal(refused({ findings: [finding()] }, {}, { ...last, weights: { blue: 0, green: 0 } }), "");
  });
});
