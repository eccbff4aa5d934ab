import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { replaceBlock } from "../../cli/generated-text";

const block = (file: string) => ({ file, name: "rows", content: () => "new\n" });

describe("generated text", () => {
  it("replaces the text between the markers of a page", () => {
    const page = "a\n<!-- rows -->\n\nold\n\n<!-- /rows -->\nb\n";
    const expected = "a\n<!-- rows -->\n\nnew\n\n<!-- /rows -->\nb\n";
    assert.equal(replaceBlock(page, block("page.md")), expected);
    assert.equal(replaceBlock(expected, block("page.md")), expected);
  });

  it("replaces the text between the markers of a YAML file", () => {
    const text = "a: 1\n# rows\nold: 2\n# /rows\nb: 3\n";
    assert.equal(replaceBlock(text, block("page.yaml")), "a: 1\n# rows\nnew\n# /rows\nb: 3\n");
  });

  it("fails when a page lacks the markers", () => {
    assert.throws(
      () => replaceBlock("a\n", block("page.md")),
      /^Error: page\.md must contain the line <!-- rows -->/,
    );
  });
});
