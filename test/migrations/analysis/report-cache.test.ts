import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskCache } from "../../../build/disk-cache";
import type { AnalysisReport } from "../../../migrations/analysis/report";
import { cachedReport } from "../../../migrations/analysis/report-cache";
import type { VersionQueries } from "../../../migrations/compatibility/queries";
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
        file: "1.0.0.ts",
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

  const scripts = [script("SELECT 1;")];
  const queries = (version: string, sql = "select 1") => ({
    version,
    file: `${version}.ts`,
    queries: { find: sql },
  });
  const old = queries("1.0.0");

  /** An analysis that reports one break for each version, and records the versions of each call. */
  function countingAnalysis() {
    const calls: string[][] = [];
    const compute = async (versions: readonly VersionQueries[]): Promise<AnalysisReport> => {
      calls.push(versions.map(({ version }) => version));
      return {
        ...report,
        breaks: versions.flatMap(({ version, file }) =>
          report.breaks.map((each) => ({ ...each, version, file })),
        ),
      };
    };
    return { calls, compute };
  }

  it("computes a report once, also across processes", async () => {
    const { calls, compute } = countingAnalysis();
    const cache = () => new DiskCache(join(folder, "new"));
    assert.deepEqual(await cachedReport(cache(), scripts, [old], compute), report);
    assert.deepEqual(await cachedReport(cache(), scripts, [old], compute), report);
    assert.deepEqual(calls, [["1.0.0"]]);
  });

  it("analyzes only versions that are new", async () => {
    const { calls, compute } = countingAnalysis();
    const cache = new DiskCache(folder);
    const next = queries("1.1.0");
    await cachedReport(cache, scripts, [old], compute);
    const both = await cachedReport(cache, scripts, [old, next], compute);
    assert.deepEqual(
      both.breaks.map(({ version }) => version),
      ["1.0.0", "1.1.0"],
    );
    assert.deepEqual(both.findings, report.findings);
    await cachedReport(cache, scripts, [next, queries("1.2.0")], compute);
    assert.deepEqual(calls, [["1.0.0"], ["1.1.0"], ["1.2.0"]]);
  });

  it("reports the present file of cached queries", async () => {
    const { calls, compute } = countingAnalysis();
    const cache = new DiskCache(folder);
    await cachedReport(cache, scripts, [old], compute);
    const moved = await cachedReport(cache, scripts, [{ ...old, file: "releases/1.0.0.json" }], compute);
    assert.deepEqual(
      moved.breaks.map(({ file }) => file),
      ["releases/1.0.0.json"],
    );
    assert.equal(calls.length, 1);
  });

  it("caches the report of scripts without versions", async () => {
    const { calls, compute } = countingAnalysis();
    const expected = { breaks: [], findings: report.findings };
    assert.deepEqual(await cachedReport(new DiskCache(folder), scripts, [], compute), expected);
    assert.deepEqual(await cachedReport(new DiskCache(folder), scripts, [], compute), expected);
    assert.deepEqual(calls, [[]]);
  });

  it("keeps that the scripts cannot be checked", async () => {
    const cache = new DiskCache(folder);
    const unchecked = { breaks: [], findings: [], unusable: "0001 fails", unknown: ["no extension"] };
    assert.deepEqual(await cachedReport(cache, scripts, [old], async () => unchecked), unchecked);
    assert.deepEqual(await cachedReport(cache, scripts, [old], countingAnalysis().compute), unchecked);
  });

  it("replaces a damaged entry", async () => {
    const { calls, compute } = countingAnalysis();
    await cachedReport(new DiskCache(folder), scripts, [old], compute);
    const files = readdirSync(join(folder, "analysis"));
    for (const file of files) writeFileSync(join(folder, "analysis", file), '{"breaks": [{"version":');
    assert.deepEqual(await cachedReport(new DiskCache(folder), scripts, [old], compute), report);
    assert.deepEqual(await cachedReport(new DiskCache(folder), scripts, [old], compute), report);
    assert.equal(calls.length, 2);
    assert.deepEqual(readdirSync(join(folder, "analysis")), files);
  });

  it("caches nothing when the analysis fails", async () => {
    await assert.rejects(
      cachedReport(new DiskCache(folder), scripts, [old], async () => {
        throw new Error("no memory");
      }),
      /no memory/,
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it("analyzes again for other scripts or queries", async () => {
    const { calls, compute } = countingAnalysis();
    const cache = new DiskCache(folder);
    await cachedReport(cache, scripts, [old], compute);
    await cachedReport(cache, [script("SELECT 2;")], [old], compute);
    await cachedReport(cache, scripts, [queries("1.0.0", "select 2")], compute);
    assert.equal(calls.length, 3);
  });
});
