import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, it } from "mocha";
import * as components from "../../components";
import { writeReference } from "../../packaging/reference";

describe("reference of the components", function () {
  this.timeout(300_000); // Typedoc reads the types of all AWS resources.

  it("has a page for every export, from its docstring", () => {
    const folder = mkdtempSync(join(tmpdir(), "changeover-reference-"));
    try {
      writeReference(folder);
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
      const pages = new Set(files.map((file) => basename(file, ".md")));
      assert.deepEqual(
        Object.keys(components).filter((name) => !pages.has(name)),
        [],
      );
      assert.match(readFileSync(join(folder, "interfaces", "FleetColorArgs.md"), "utf8"), /`userData/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
