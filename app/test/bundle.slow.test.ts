import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bundle } from "../../build/bundle";
import { application } from "..";
import { bundleTier } from "../bundle-tier";

const root = join(__dirname, "..", "..");

/** A copy of the sources in another folder; `bundle` runs there in a process of its own. */
function copyOfSources(): { folder: string; bundle: (tier: string, version: string) => Bundle } {
  const folder = mkdtempSync(join(tmpdir(), "changeover-bundle-"));
  for (const part of ["app", "build", "contract", "package-lock.json", "package.json"]) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const program =
    "const [tier, version] = process.argv.slice(1);" +
    'console.log(JSON.stringify(require("./app/bundle-tier").bundleTier(tier, version)))';
  const bundle = (tier: string, version: string) => {
    const args = [
      "--require",
      require.resolve("../../build/start/register"),
      "--eval",
      program,
      tier,
      version,
    ];
    const output = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
    return JSON.parse(output) as Bundle;
  };
  return { folder, bundle };
}

describe("bundles of the sample's tiers", function () {
  this.timeout(60_000);

  it("contain the queries of their own version only", () => {
    const codes = application.versions.map(({ build }) => readFileSync(build("app").file, "utf8"));
    const including = (word: string) => codes.map((code) => code.includes(word));
    const from = (first: number) => codes.map((_, index) => index >= first);
    assert.deepEqual(
      including("patient_name"),
      codes.map((_, index) => index === 0),
    );
    assert.deepEqual(including("family_name"), from(1));
    assert.deepEqual(including('severity:"severity"'), from(2));
    assert.deepEqual(including("record_statuses"), from(3));
    assert.ok(!readFileSync(bundleTier("web", "1.0.0").file, "utf8").includes("insert into"));
  });

  it("have the same bytes in any folder, and other bytes for changed sources", () => {
    const { folder, bundle } = copyOfSources();
    try {
      const here = bundleTier("app", "1.1.0");
      assert.equal(bundle("app", "1.1.0").sha256, here.sha256);
      assert.ok(!readFileSync(here.file, "utf8").includes(root));
      const source = join(folder, "app", "person-name.ts");
      writeFileSync(source, readFileSync(source, "utf8").replace('lastIndexOf(" ")', 'indexOf(" ")'));
      assert.notEqual(bundle("app", "1.1.0").sha256, here.sha256);
      writeFileSync(source, "export const = 1;\n");
      assert.throws(() => bundle("app", "1.1.0"), /app\/person-name\.ts:1:13: ERROR/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("are written again only when the file is missing or differs", () => {
    const { folder, bundle } = copyOfSources();
    try {
      const first = bundle("web", "1.2.0");
      assert.equal(first.file, join(realpathSync(folder), "dist/app/1.2.0/web.js"));
      const good = readFileSync(first.file);
      const { mtimeMs } = statSync(first.file);
      assert.deepEqual(bundle("web", "1.2.0"), first);
      assert.equal(statSync(first.file).mtimeMs, mtimeMs);
      writeFileSync(first.file, "broken");
      assert.deepEqual(bundle("web", "1.2.0"), first);
      assert.ok(readFileSync(first.file).equals(good));
      rmSync(first.file);
      assert.deepEqual(bundle("web", "1.2.0"), first);
      assert.ok(readFileSync(first.file).equals(good));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
