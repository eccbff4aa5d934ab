import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { importsOf, sourceFiles } from "../layout/source-files";

/** From the bottom up; each may import those before it. */
const SUB_ROOMS = ["values", "state", "program", "deploy", "cli"];

describe("engine: sub-rooms", () => {
  it("import only sub-rooms below them", () => {
    const rankOf = (file: string) => SUB_ROOMS.indexOf(file.split("/")[1] ?? "");
    const files = sourceFiles().filter((file) => file.startsWith("engine/"));
    assert.deepEqual(
      files.filter((file) => rankOf(file) < 0),
      [],
    );
    const upward = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => rankOf(target) > rankOf(file))
        .map((target) => `${file} -> ${target}`),
    );
    assert.deepEqual(upward, []);
  });
});
