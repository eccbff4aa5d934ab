import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { compiled } from "../../../build/start/compile";

describe("TypeScript loader", () => {
  let folder = "";
  let load: NodeJS.Require;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-loader-"));
    load = createRequire(join(folder, "index.js"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(name: string, ...lines: string[]): string {
    const file = join(folder, name);
    writeFileSync(file, lines.join("\n"));
    return file;
  }

  it("compiles a changed source again", () => {
    const file = write("value.ts", "export const value: number = 1;");
    assert.match(compiled(file), /value=1/);
    write("value.ts", "export const value: number = 2;");
    assert.match(compiled(file), /value=2/);
  });

  it("gives each file its own code when it compiles a file and its imports at once", () => {
    const names = Array.from({ length: 12 }, (_each, index) => `part${index}`);
    for (const name of names) write(`${name}.ts`, `export const ${name}: string = "${name} of ${folder}";`);
    const imports = names.map((name) => `import { ${name} } from "./${name}";`);
    write("all.ts", ...imports, `export const all = [${names.join()}];`);
    const expected = names.map((name) => `${name} of ${folder}`);
    assert.deepEqual((load("./all") as { all: string[] }).all, expected);
  });

  it("gives importing files values and not getters, also for what a file exports again", () => {
    write("part.ts", "export const one = 1;", "export default function two() { return 2; }");
    write("all.ts", 'export * from "./part";', 'import two from "./part";', "export { two };");
    const exported = Object.entries(Object.getOwnPropertyDescriptors(load("./all") as object));
    assert.deepEqual(exported.map(([name]) => name).sort(), ["__esModule", "one", "two"]);
    assert.ok(exported.every(([, { get }]) => get === undefined));
    write("same.ts", "const whole = { whole: 3 };", "export = whole;");
    assert.deepEqual(load("./same"), { whole: 3 });
  });

  it("loads a file although an import that is never used has an error", () => {
    write("broken.ts", "const = 1;");
    write("lazy.ts", "export const value = 7;", 'export const later = () => require("./broken");');
    assert.equal((load("./lazy") as { value: number }).value, 7);
  });

  it("names file and line of a syntax error", () => {
    const file = write("wrong.ts", "export const fine = 1;", "const = 1;");
    assert.throws(
      () => load("./wrong"),
      (error: Error) => error.message.includes("wrong.ts:2:6") && file !== "",
    );
  });

  it("follows a changed tsconfig.json", () => {
    const file = write("view.tsx", "export const view = <b />;");
    write("tsconfig.json", '{ "compilerOptions": { "jsx": "react" } }');
    assert.match(compiled(file), /React\.createElement\("b"/);
  });

  it("maps stack traces to the sources", () => {
    const lines = ["interface Unused {", "  readonly a: string;", "}", "", "export function fail(): never {"];
    const file = write("fail.ts", ...lines, '  throw new Error("on line 6");', "}");
    const { fail } = load("./fail") as { fail(): never };
    assert.throws(fail, (error: Error) => {
      assert.match(error.stack ?? "", /^Error: on line 6\n/);
      return error.stack?.includes(`fail (${file}:6:9)`) ?? false;
    });
  });

  it("records no stack trace for the promises of Pulumi's SDK", () => {
    const recorder = { debuggablePromise: () => new Error("unread").stack };
    const other = { other: () => new Error("read").stack };
    assert.equal(recorder.debuggablePromise(), "");
    assert.match(other.other() ?? "", /register\.test\.ts:/);
  });

  it("prefers a TypeScript file to a JSON file of the same name", () => {
    write("table.json", '{ "from": "json" }');
    write("table.ts", 'import rows from "./table.json";', "export const from = `ts and ${rows.from}`;");
    assert.equal((load("./table") as { from: string }).from, "ts and json");
  });

  it("imports a TypeScript file dynamically", async () => {
    write("part.ts", "export const part: number = 3;");
    write("whole.ts", 'export const whole = async () => (await import("./part")).part;');
    assert.equal(await (load("./whole") as { whole(): Promise<number> }).whole(), 3);
  });

  it("imports the module object itself, which Pulumi recognizes by identity", () => {
    write("module.js", "exports.value = {};");
    write("importer.ts", 'import * as imported from "./module";', "export const same = imported;");
    assert.equal((load("./importer") as { same: unknown }).same, load("./module.js"));
  });
});
