import assert from "node:assert/strict";
import { formatIssue } from "../../../components/validation/validation-issue";
import type { AnalysisReport } from "../../../migrations/analysis/report";
import type { LastRelease } from "../../../stack/plan/last-release";
import type { WantedRelease } from "../../../stack/plan/wanted-release";
import { LAST, NO_FINDINGS, planUpdate, updateIssues, WANTED } from "./support";

type Finding = AnalysisReport["findings"][number];

const ON_BLUE: LastRelease = { ...LAST, versions: { blue: "1.0.0" } };

const finding = (facts: Partial<Finding> = {}): Finding => ({
  rule: "add-unique",
  severity: "error",
  file: "0002_change.expand.sql",
  line: 4,
  statement: "ALTER TABLE visits ADD UNIQUE (name)",
  impact: "Reads and writes wait while the index is built.",
  remediation: "CREATE UNIQUE INDEX CONCURRENTLY ...",
  ...facts,
});

function lintIssues(
  facts: Partial<Finding>,
  wanted: Partial<WantedRelease> = {},
  last: LastRelease | null = null,
) {
  return updateIssues(wanted, last, { report: { ...NO_FINDINGS, findings: [finding(facts)] } });
}

const keysOf = (...input: Parameters<typeof lintIssues>) => lintIssues(...input).map(({ key }) => key);

describe("lint of a release", () => {
  it("rejects a pending script with place, rule and impact", () => {
    assert.deepEqual(lintIssues({}, {}, ON_BLUE).map(formatIssue), [
      "0002_change.expand.sql:4 must be a statement without impact on clients, or one with a reason why it is " +
        "acceptable, got ALTER TABLE visits ADD UNIQUE (name) (add-unique: Reads and writes wait while the index is " +
        "built.). See the remediation by `npm run migrate -- check`, " +
        'or write "-- lint-ignore add-unique: <why>" above it.',
    ]);
    const on11: LastRelease = { ...LAST, versions: { blue: "1.1.0" } };
    const contract = { versions: { blue: "1.1.0" }, contractThrough: "0002_change" };
    assert.deepEqual(keysOf({ file: "0002_change.contract.sql" }, contract, on11), [
      "0002_change.contract.sql:4",
    ]);
  });

  it("accepts scripts that do not run, suppressed errors, and warnings", () => {
    assert.deepEqual(keysOf({}, { versions: { blue: "1.0.0" } }, ON_BLUE), []);
    assert.deepEqual(keysOf({ file: "0001_change.expand.sql" }, {}, ON_BLUE), []);
    assert.deepEqual(keysOf({ suppressed: { reason: "twelve rows" } }, {}, ON_BLUE), []);
    assert.deepEqual(keysOf({ severity: "warning" }, {}, ON_BLUE), []);
  });

  it("rejects a script that was added or edited after its version was deployed", () => {
    const { applied } = planUpdate(WANTED).release;
    assert.deepEqual(applied, {
      "0001_change.expand.sql": "0001_change.expand",
      "0002_change.expand.sql": "0002_change.expand",
    });
    const key = "0002_change.expand.sql:4";
    const added = { "0001_change.expand.sql": "0001_change.expand" };
    assert.deepEqual(keysOf({}, {}, { ...LAST, applied: added }), [key]);
    assert.deepEqual(keysOf({}, {}, { ...LAST, applied }), []);
    const edited = { ...applied, "0002_change.expand.sql": "before" };
    assert.deepEqual(keysOf({}, {}, { ...LAST, applied: edited }), [key]);
  });

  it("adds no issue to a release that the scripts' headers already rule out", () => {
    const contract = { contractThrough: "0002_change" };
    const script = { id: "0002_change", phase: "contract", file: "0002_change.contract.sql" } as const;
    const broken = { version: "1.0.0", file: "app/versions/1.0.0.ts", query: "a", problem: "gone", script };
    const findings = [finding({ file: "0002_change.contract.sql" })];
    const issues = updateIssues(contract, LAST, { report: { breaks: [broken], findings } });
    assert.deepEqual(
      issues.map(({ key }) => key),
      ["contractThrough"],
    );
  });

  it("accepts every script while no version receives traffic", () => {
    assert.deepEqual(keysOf({}), []);
    assert.deepEqual(keysOf({}, {}, { ...ON_BLUE, weights: { blue: 0, green: 0 } }), []);
  });
});
