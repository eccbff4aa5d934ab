import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { runCommandLine } from "../../cli/run-command-line";
import { loadApplication, requireLoad } from "../../contract";
import { rehearsableProject } from "../../rehearsal/scenario/rehearsable-project";

describe("changeover init", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-init-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const init = async (...args: string[]) => {
    let output = "";
    let error = "";
    const status = await runCommandLine(["init", ...args], {
      env: {},
      signal: new AbortController().signal,
      write: async (text) => {
        output += text;
      },
      log: (message) => {
        error += message;
      },
    });
    return { status, output, error };
  };

  it("writes a program with the folder's name, which can be rehearsed", async () => {
    const shop = join(folder, "My Shop");
    const { status, output } = await init(shop);
    assert.equal(status, 0);
    assert.match(output, /rehearse --quick --program .*My Shop/);
    assert.equal(rehearsableProject({ programDirectory: shop }).name, "my-shop");
    const application = loadApplication(shop);
    assert.equal(application.name, "my-shop");
    requireLoad(application);
    const texts = readdirSync(shop, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.\w+$/.test(file))
      .map((file) => readFileSync(join(shop, file), "utf8"));
    assert.ok(texts.every((text) => !text.includes("my-app")));
  });

  it("writes imports that lead to this checkout", async () => {
    await init(folder, "--name", "shop");
    for (const file of ["index.js", "contract.ts", "build/bundle.ts"]) {
      const [, module = ""] = /"(\..+)"/.exec(readFileSync(join(folder, file), "utf8")) ?? [];
      const target = resolve(dirname(join(folder, file)), module);
      assert.ok(existsSync(target) || existsSync(`${target}.ts`), `${file}: ${module}`);
    }
  });

  it("overwrites no file, and then writes none", async () => {
    writeFileSync(join(folder, "Pulumi.yaml"), "name: mine\n");
    const { status, error } = await init(folder, "--name", "shop");
    assert.equal(status, 2);
    assert.match(error, /must not have files that are written, got .*Pulumi\.yaml\./);
    assert.deepEqual(readdirSync(folder), ["Pulumi.yaml"]);
    assert.equal(readFileSync(join(folder, "Pulumi.yaml"), "utf8"), "name: mine\n");
  });

  it("rejects a name that resources cannot have", async () => {
    const { status, error } = await init(folder, "--name", "Shop 1");
    assert.equal(status, 2);
    assert.match(error, /^--name must be up to 30 lower-case letters, .* got "Shop 1"\./);
  });
});
