import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT, sourceFiles } from "./source-files";

const DECLARATION = /^export (?:abstract )?(?:interface|type|class|enum) (\w+)/gm;

describe("layout: names", () => {
  it("are kebab-case for files", () => {
    const wrong = sourceFiles().filter((file) => !/^[a-z0-9.-]+\.ts$/.test(basename(file)));
    assert.deepEqual(wrong, []);
  });

  it("mean one thing for exported types", () => {
    const files = new Map<string, string[]>();
    for (const file of sourceFiles()) {
      for (const [, name = ""] of readFileSync(join(ROOT, file), "utf8").matchAll(DECLARATION)) {
        files.set(name, [...(files.get(name) ?? []), file]);
      }
    }
    const repeated = [...files].filter(([, declaredIn]) => declaredIn.length > 1);
    assert.deepEqual(repeated, []);
  });

  it("use `private` for class members", () => {
    const wrong = sourceFiles().filter((file) => /\bthis\.#\w/.test(readFileSync(join(ROOT, file), "utf8")));
    assert.deepEqual(wrong, []);
  });
});
