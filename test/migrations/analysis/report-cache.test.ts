import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskCache } from "../../../build/disk-cache";
import type { Verdict } from "../../../migrations/analysis/report";
import { keptVerdict, verdictKey } from "../../../migrations/analysis/report-cache";
import { parseScript } from "../../../migrations/script/script";

describe("schema: verdicts that are kept", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const script = (sql: string) => parseScript("0001_a.expand.sql", `-- needed-by: 1.0.0\n${sql}`);
  const verdict: Verdict = {
    breaks: [
      {
        version: "1.0.0",
        file: "app/versions/1.0.0.ts",
        query: "find",
        script: { id: "0002_b", phase: "contract", file: "0002_b.contract.sql" },
        problem: "it no longer prepares",
      },
    ],
    findings: [
      {
        rule: "a-rule",
        severity: "error",
        file: "0001_a.expand.sql",
        line: 2,
        statement: "SELECT 1",
        feels: "Nothing.",
        safeWay: "SELECT 1;",
        suppressed: { reason: "a test" },
      },
    ],
  };

  it("is found once, also by the next run", async () => {
    let found = 0;
    const find = async () => {
      found++;
      return verdict;
    };
    assert.deepEqual(await keptVerdict(new DiskCache(join(folder, "new")), "key", find), verdict);
    assert.deepEqual(await keptVerdict(new DiskCache(join(folder, "new")), "key", find), verdict);
    await keptVerdict(new DiskCache(join(folder, "new")), "other", find);
    assert.equal(found, 2);
  });

  it("is found again when the file is damaged, and leaves nothing else in the folder", async () => {
    mkdirSync(join(folder, "verdicts"));
    writeFileSync(join(folder, "verdicts", "key.json"), '{"breaks": [{"version":');
    assert.deepEqual(await keptVerdict(new DiskCache(folder), "key", async () => verdict), verdict);
    assert.deepEqual(
      await keptVerdict(new DiskCache(folder), "key", async () => ({ breaks: [], findings: [] })),
      verdict,
    );
    assert.deepEqual(readdirSync(join(folder, "verdicts")), ["key.json"]);
  });

  it("is not kept when there is none", async () => {
    await assert.rejects(
      keptVerdict(new DiskCache(folder), "key", async () => {
        throw new Error("no memory");
      }),
      /no memory/,
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it("goes with the scripts and the queries", () => {
    const queries = [{ version: "1.0.0", file: "a.ts", queries: { one: "select 1" } }];
    const keys = [
      verdictKey([script("SELECT 1;")], queries),
      verdictKey([script("SELECT 2;")], queries),
      verdictKey([script("SELECT 1;")], [{ version: "1.0.0", file: "a.ts", queries: { one: "select 2" } }]),
    ];
    assert.equal(new Set(keys).size, 3);
    assert.equal(keys[0], verdictKey([script("SELECT 1;")], queries));
  });
});
