import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");
const MIGRATIONS = join(ROOT, "app", "migrations");

describe("changeover migrate check, with the queries of the application", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const check = (...options: string[]) => {
    const args = ["cli/changeover.js", "migrate", "check", "--directory", folder, ...options];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      ...{ cwd: ROOT, encoding: "utf8", timeout: 60_000 },
    });
    return { code: status, out: stdout, err: stderr };
  };

  it("reports locks and incompatible queries without a database", () => {
    cpSync(MIGRATIONS, folder, { recursive: true });
    const fine = check();
    assert.equal(fine.code, 0, fine.out + fine.err);
    const hidden = "DO $$ BEGIN EXECUTE 'ALTER TABLE records ' || 'RENAME COLUMN note TO remark'; END $$;";
    writeFileSync(join(folder, "0012_bad.expand.sql"), `-- needed-by: 1.5.0\n${hidden}\n`);
    const bad = check("--json");
    assert.equal(bad.code, 1);
    const { findings, breaks, rejected } = JSON.parse(bad.out);
    assert.equal(rejected, true);
    const rules = findings.map(({ rule, line }: { rule: string; line: number }) => `${line} ${rule}`);
    assert.ok(rules.includes("2 undeclared-lock"), rules.join());
    const broken = new Set(
      breaks.map(
        ({ version, script }: { version: string; script: { file: string } }) => `${version} ${script.file}`,
      ),
    );
    assert.ok(broken.has("1.4.0 0012_bad.expand.sql"));
  });
});
