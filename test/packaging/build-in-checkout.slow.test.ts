import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { lambdaNames } from "../../build/bundle";
import { buildInCheckout } from "../../components/functions/build-in-checkout";
import { newFolder, ROOT } from "./consumer";

/** Parts of the repository that `changeover build` does not need. */
const LEFT_OUT = [".git", ".changeover", "components", "dist", "docs", "node_modules", "test"];

describe("bundles in a checkout", function () {
  this.timeout(120_000);
  let checkout: string;
  const bundleOf = (name: string) => join(checkout, "components", "bundles", name, "index.js");
  before(() => {
    checkout = newFolder();
    const parts = readdirSync(ROOT).filter((part) => !LEFT_OUT.includes(part));
    for (const part of parts) cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
    const isSource = (file: string) => !file.includes(join("components", "bundles"));
    cpSync(join(ROOT, "components"), join(checkout, "components"), { recursive: true, filter: isSource });
    symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"));
  });
  after(() => rmSync(checkout, { recursive: true, force: true }));

  it("checkout: the package loads without a TypeScript loader and without a check of types, from any folder", () => {
    const code = `const loaded = require(${JSON.stringify(join(checkout, "components"))}); console.log(typeof loaded, typeof loaded.BlueGreenService);`;
    const printed = execFileSync(process.execPath, ["-e", code], {
      cwd: tmpdir(),
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.equal(printed, "function function\n");
  });

  it("bundles: are built when a program of another language uses the folder of a checkout", () => {
    buildInCheckout(bundleOf("gate"), checkout);
    for (const name of lambdaNames()) assert.ok(statSync(bundleOf(name)).size > 10_000, name);
  });

  it("bundles: are built again only after a change of their sources", () => {
    const past = new Date(Date.now() - 3_600_000);
    const source = join(checkout, "lambda", "gate", "index.ts");
    const built = statSync(bundleOf("watch")).mtimeMs;
    buildInCheckout(bundleOf("watch"), checkout);
    assert.equal(statSync(bundleOf("watch")).mtimeMs, built);
    utimesSync(bundleOf("gate"), past, past);
    utimesSync(source, new Date(), new Date());
    buildInCheckout(bundleOf("gate"), checkout);
    assert.ok(statSync(bundleOf("gate")).mtimeMs > past.getTime());
  });

  it("bundles: a build that fails names its reason and the command to run", () => {
    writeFileSync(join(checkout, "lambda", "gate", "index.ts"), "export const handler = ;\n");
    utimesSync(bundleOf("gate"), new Date(0), new Date(0));
    assert.throws(
      () => buildInCheckout(bundleOf("gate"), checkout),
      /cannot be built .*[\s\S]*npm run build/,
    );
  });

  it("bundles: an installed package is not built", () => {
    const installed = newFolder();
    try {
      buildInCheckout(join(installed, "lib", "bundles", "gate", "index.js"), join(installed, "lib"));
      assert.throws(() => statSync(join(installed, "lib", "bundles")));
    } finally {
      rmSync(installed, { recursive: true, force: true });
    }
  });
});
