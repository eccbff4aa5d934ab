import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";

const cacheModule = require.resolve("../../../build/start/code-cache");
const cacheFolder = join(__dirname, "../../../.changeover/code");
const isOwn = Number(process.versions.node.split(".")[0]) < 22;

describe("code cache", () => {
  let folder = "";
  let name = "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-code-cache-"));
    name = basename(folder);
    const start = `require(${JSON.stringify(cacheModule)}).cacheCode("${name}"); require("./main");`;
    writeFileSync(join(folder, "start.js"), start);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    for (const file of files()) rmSync(join(cacheFolder, file), { force: true });
  });

  const files = () => readdirSync(cacheFolder).filter((file) => file.startsWith(`${name}-`));
  const write = (...lines: string[]) => writeFileSync(join(folder, "main.js"), lines.join("\n"));
  const run = () => execFileSync(process.execPath, [join(folder, "start.js")], { encoding: "utf8" }).trim();

  it("runs cached code with the members of require and the positions of the source", () => {
    write(
      'const fail = () => { throw new Error("at a place"); };',
      'try { fail(); } catch (error) { console.log(error.stack.split("\\n")[1].trim()); }',
      'console.log(require.resolve("./start"), require.main.filename, require.cache[__filename] === module, __dirname);',
      'console.log(require.resolve.paths("x")[0]);',
    );
    const first = run();
    assert.match(first, /^at fail \(.*main\.js:1:28\)\n/);
    assert.equal(run(), first);
    assert.equal(isOwn ? files().length : 1, 1);
  });

  it("names the path of a file whose equal copy is cached", () => {
    write("console.log(new Error().stack.split('\\n')[1].includes(__dirname));");
    assert.equal(run(), "true");
    const copy = mkdtempSync(join(tmpdir(), "changeover-code-cache-"));
    try {
      cpSync(folder, copy, { recursive: true });
      const start = [join(copy, "start.js")];
      assert.equal(execFileSync(process.execPath, start, { encoding: "utf8" }).trim(), "true");
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });

  it("lets cached modules import ES modules", () => {
    write('import("node:path").then(({ sep }) => console.log(sep));');
    assert.deepEqual([run(), run()], ["/", "/"]);
  });

  it("runs the new code of a changed file", () => {
    write("console.log(1);");
    run();
    write("console.log(2);");
    assert.deepEqual([run(), run()], ["2", "2"]);
  });

  it("compiles again when its file is damaged", function () {
    if (!isOwn) return this.skip();
    write("console.log(3);");
    run();
    for (const damage of [(content: Buffer) => content.subarray(0, -5), () => Buffer.alloc(2)]) {
      for (const file of files()) {
        writeFileSync(join(cacheFolder, file), damage(readFileSync(join(cacheFolder, file))));
      }
      assert.equal(run(), "3");
    }
  });

  it("writes nothing when Node.js is told to cache no code", () => {
    write("console.log(4);");
    const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" };
    execFileSync(process.execPath, [join(folder, "start.js")], { env });
    assert.deepEqual(files(), []);
  });
});
