import assert from "node:assert/strict";
import { formatIssue } from "../../../components/validation/validation-issue";
import type { AnalysisReport, QueryBreak } from "../../../migrations/analysis/report";
import type { LastRelease } from "../../../stack/plan/last-release";
import type { WantedRelease } from "../../../stack/plan/wanted-release";
import { LAST, NO_FINDINGS, updateIssues } from "./support";

const ON_BLUE: LastRelease = { ...LAST, versions: { blue: "1.0.0" } };
const BOTH: LastRelease = { ...LAST, versions: { blue: "1.0.0", green: "1.1.0" } };

function breakBy(phase: "expand" | "contract", version: string, query = "findRecord"): QueryBreak {
  const file = `app/versions/${version}.ts`;
  const by = { id: "0002_change", phase, file: `0002_change.${phase}.sql` };
  return {
    version,
    file,
    query,
    script: by,
    problem: 'it can no longer be prepared: column "name" does not exist',
  };
}

function queryIssues(
  report: Partial<AnalysisReport>,
  wanted: Partial<WantedRelease> = {},
  last: LastRelease | null = null,
) {
  return updateIssues(wanted, last, { report: { ...NO_FINDINGS, ...report } });
}

const keysOf = (...input: Parameters<typeof queryIssues>) => queryIssues(...input).map(({ key }) => key);

describe("query check", () => {
  it("rejects an expand script that breaks a query of the live version", () => {
    assert.deepEqual(queryIssues({ breaks: [breakBy("expand", "1.0.0")] }, {}, ON_BLUE).map(formatIssue), [
      "0002_change.expand.sql must be compatible with 1.0.0, which has instances when it runs, got incompatible queries " +
        'in app/versions/1.0.0.ts (findRecord: it can no longer be prepared: column "name" does not exist). ' +
        "Keep the old shape beside the new one, and remove it in a contract script.",
    ]);
  });

  it("reports all queries of a version in one issue", () => {
    const breaks = ["a", "b", "c", "d", "e"].map((query) => breakBy("expand", "1.0.0", query));
    const [sentence = "", ...more] = queryIssues({ breaks }, {}, ON_BLUE).map(formatIssue);
    assert.match(
      sentence,
      /a: it can no longer .*; b: it can no longer .*; c: it can no longer .*; and 2 more\)/,
    );
    assert.deepEqual(more, []);
  });

  it("ignores scripts that do not run, and versions without instances", () => {
    const report = { breaks: [breakBy("expand", "1.0.0"), breakBy("contract", "1.1.0")] };
    assert.deepEqual(keysOf(report, { versions: { blue: "1.0.0" } }, ON_BLUE), []);
    assert.deepEqual(keysOf(report, { versions: { blue: "1.1.0" } }), []);
    assert.deepEqual(keysOf({ breaks: [breakBy("expand", "0.9.0")] }, {}, ON_BLUE), []);
  });

  it("rejects a contract script whose dead-from is too old for the queries", () => {
    const on11 = { versions: { blue: "1.1.0", green: "1.1.0" }, contractThrough: "0002_change" };
    const [issue, ...more] = queryIssues({ breaks: [breakBy("contract", "1.1.0")] }, on11);
    assert.deepEqual([issue?.key, more], ["0002_change.contract.sql", []]);
    assert.match(issue?.remedy ?? "", /dead-from/);
    assert.deepEqual(keysOf({ breaks: [breakBy("contract", "1.0.0")] }, on11), []);
  });

  it("rejects a version whose queries fit no schema", () => {
    const own = { version: "1.1.0", file: "app/versions/1.1.0.ts", query: "note", problem: "it asks for *" };
    const [issue, ...more] = queryIssues({ breaks: [own] }, {}, ON_BLUE);
    assert.deepEqual([issue?.key, more], ["app/versions/1.1.0.ts", []]);
    assert.match(issue?.remedy ?? "", /needed-by: 1\.1\.0/);
    const on11: LastRelease = { ...LAST, versions: { blue: "1.1.0" } };
    const deploying = { versions: { blue: "1.1.0", green: "1.0.0" } };
    assert.deepEqual(keysOf({ breaks: [own] }, deploying, on11), [], "an update out of that state");
  });

  it("accepts a flip away from a version that an applied script breaks, and rejects the flip back", () => {
    const report = { breaks: [breakBy("expand", "1.0.0")] };
    assert.deepEqual(keysOf(report, { live: "green" }, BOTH), []);
    const onGreen: LastRelease = { ...BOTH, live: "green", weights: { blue: 0, green: 100 } };
    assert.deepEqual(keysOf(report, { live: "blue" }, onGreen), ["0002_change.expand.sql"]);
  });

  it("rejects every release while a script does not apply", () => {
    const unusable = '0002_change.expand.sql:3: relation "visit" does not exist.';
    assert.match(
      queryIssues({ unusable }).map(formatIssue).join(),
      /^migrations must be .*, got 0002_change\.expand\.sql:3: relation "visit" does not exist\. Correct/,
    );
  });
});
