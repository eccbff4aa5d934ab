import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskCache } from "../../../build/disk-cache";
import type { AnalysisReport } from "../../../migrations/analysis/report";
import { cachedReport, reportKey } from "../../../migrations/analysis/report-cache";
import { parseScript } from "../../../migrations/script/parse-script";

describe("analysis: report cache", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const script = (sql: string) => parseScript("0001_a.expand.sql", `-- needed-by: 1.0.0\n${sql}`);
  const report: AnalysisReport = {
    breaks: [
      {
        version: "1.0.0",
        file: "app/versions/1.0.0.ts",
        query: "find",
        script: { id: "0002_b", phase: "contract", file: "0002_b.contract.sql" },
        problem: "it can no longer be prepared",
      },
    ],
    findings: [
      {
        rule: "a-rule",
        severity: "error",
        file: "0001_a.expand.sql",
        line: 2,
        statement: "SELECT 1",
        impact: "Nothing.",
        remediation: "SELECT 1;",
        suppressed: { reason: "a test" },
      },
    ],
  };

  it("computes a report once, also across processes", async () => {
    let found = 0;
    const find = async () => {
      found++;
      return report;
    };
    assert.deepEqual(await cachedReport(new DiskCache(join(folder, "new")), "key", find), report);
    assert.deepEqual(await cachedReport(new DiskCache(join(folder, "new")), "key", find), report);
    await cachedReport(new DiskCache(join(folder, "new")), "other", find);
    assert.equal(found, 2);
  });

  it("replaces a damaged entry", async () => {
    mkdirSync(join(folder, "analysis"));
    writeFileSync(join(folder, "analysis", "key.json"), '{"breaks": [{"version":');
    assert.deepEqual(await cachedReport(new DiskCache(folder), "key", async () => report), report);
    assert.deepEqual(
      await cachedReport(new DiskCache(folder), "key", async () => ({ breaks: [], findings: [] })),
      report,
    );
    assert.deepEqual(readdirSync(join(folder, "analysis")), ["key.json"]);
  });

  it("caches nothing when the analysis fails", async () => {
    await assert.rejects(
      cachedReport(new DiskCache(folder), "key", async () => {
        throw new Error("no memory");
      }),
      /no memory/,
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it("has another key for other scripts or queries", () => {
    const queries = [{ version: "1.0.0", file: "a.ts", queries: { one: "select 1" } }];
    const keys = [
      reportKey([script("SELECT 1;")], queries),
      reportKey([script("SELECT 2;")], queries),
      reportKey([script("SELECT 1;")], [{ version: "1.0.0", file: "a.ts", queries: { one: "select 2" } }]),
    ];
    assert.equal(new Set(keys).size, 3);
    assert.equal(keys[0], reportKey([script("SELECT 1;")], queries));
  });
});
