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
import { appVersions, type Bundle, bundleApp, bundleLambda } from "../../build/bundle";

const root = join(__dirname, "..", "..");

/** What is bundled, checked out somewhere else; `bundle` runs there in a process of its own. */
function elsewhere(): { folder: string; bundle: (tier: string, version: string) => Bundle } {
  const folder = mkdtempSync(join(tmpdir(), "changeover-artifacts-"));
  for (const part of ["app", "build", "migrations", "package-lock.json", "package.json"]) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const program =
    "const [tier, version] = process.argv.slice(1);" +
    'console.log(JSON.stringify(require("./build/bundle").bundleApp(tier, version)))';
  const bundle = (tier: string, version: string) => {
    const args = ["--require", "tsx/cjs", "--eval", program, tier, version];
    const said = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
    return JSON.parse(said) as Bundle;
  };
  return { folder, bundle };
}

describe("artifacts", function () {
  this.timeout(60_000);

  it("has the versions of the sample system in their order", () => {
    assert.deepEqual(appVersions(), ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]);
  });

  it("refuses an unknown version with those that are known", () => {
    for (const version of ["2.0.0", "", "../../x", "1.0"]) {
      assert.throws(
        () => bundleApp("web", version),
        (error: Error) => {
          assert.ok(
            error.message.startsWith(`App version: got ${JSON.stringify(version)}; allowed is 1.0.0, 1.1.0`),
          );
          return true;
        },
      );
    }
  });

  it("puts one version's queries into its bundle, and no other's", () => {
    const codes = appVersions().map((version) => readFileSync(bundleApp("app", version).file, "utf8"));
    const including = (word: string) => codes.map((code) => code.includes(word));
    assert.deepEqual(including("patient_name"), [true, false, false, false]);
    assert.deepEqual(including("family_name"), [false, true, true, true]);
    assert.deepEqual(including('severity:"severity"'), [false, false, true, true]);
    assert.deepEqual(including("record_statuses"), [false, false, false, true]);
    assert.ok(!readFileSync(bundleApp("web", "1.0.0").file, "utf8").includes("insert into"));
  });

  it("gives the same bytes wherever the checkout lies, and other bytes for other sources", () => {
    const { folder, bundle } = elsewhere();
    try {
      const here = bundleApp("app", "1.1.0");
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

  it("leaves a file alone that still fits, and makes one again that does not", () => {
    const { folder, bundle } = elsewhere();
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

  it("bundles the Lambdas with their handlers", () => {
    for (const name of ["migrate", "gate"] as const) {
      const { file } = bundleLambda(name);
      assert.equal(file, join(root, "components", "bundles", name, "index.js"));
      const program = "console.log(typeof require(process.argv[1]).handler)";
      const kind = execFileSync(process.execPath, ["--eval", program, file], { encoding: "utf8" });
      assert.equal(kind.trim(), "function");
    }
  });
});
