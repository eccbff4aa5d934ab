import assert from "node:assert/strict";
import { realpathSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { afterEach, before, beforeEach, describe, it } from "mocha";
import { bundleLambda } from "../../build/bundle";
import { bundledHandler } from "../../components/functions/bundled";
import { isPluginProcess } from "../../components/functions/plugin-process";
import { newFolder } from "./consumer";

describe("package: path of a bundled handler", () => {
  const home = process.cwd();
  let folder: string;
  let file: string;
  before(() => {
    file = bundleLambda("gate").file;
  });
  beforeEach(() => {
    folder = realpathSync(newFolder());
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
  });

  it("is relative to the program, so that the state reads the same on every machine", async () => {
    const path = await bundledHandler("gate").path;
    assert.equal(isAbsolute(path), false);
    assert.equal(path, relative(folder, file));
  });

  it("is absolute in a plugin, because that does not run in the program's folder", async () => {
    writeFileSync(join(folder, "PulumiPlugin.yaml"), "runtime: nodejs\n");
    assert.equal(await bundledHandler("gate").path, file);
  });

  it("a plugin is known by Pulumi's runner, because the CLI runs it in the program's folder", () => {
    const runner = join(folder, "node_modules", "@pulumi", "pulumi", "cmd", "run-plugin", "index.js");
    assert.equal(isPluginProcess(runner), true);
    assert.equal(isPluginProcess(join(folder, "index.js")), false);
  });
});
