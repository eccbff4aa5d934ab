import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { REFERENCE, writeReference } from "../../packaging/reference";

function contents(directory: string): Map<string, string> {
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  );
  return new Map(files.sort().map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}

describe("the reference", function () {
  this.timeout(300_000); // Typedoc reads the types of all of AWS.

  it("is what the docstrings say", () => {
    const folder = mkdtempSync(join(tmpdir(), "changeover-reference-"));
    try {
      writeReference(folder);
      const [committed, written] = [contents(REFERENCE), contents(folder)];
      const hint = "Run `npm run reference` and commit docs/reference.";
      assert.deepEqual([...committed.keys()], [...written.keys()], hint);
      for (const [name, text] of written)
        assert.equal(committed.get(name), text, `docs/reference/${name}: ${hint}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
