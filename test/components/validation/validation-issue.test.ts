import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { formatIssue, ValueDescription } from "../../../components/validation/validation-issue";

describe("validation issue", () => {
  const message = (got: unknown) => formatIssue({ key: "size", allowed: "smaller", got });

  it("validation issue: shows the value as it was given", () => {
    const cases: readonly [got: unknown, shown: string][] = [
      ["big", '"big"'],
      ["", '""'],
      ["two\nlines", '"two\\nlines"'],
      [undefined, "nothing"],
      [null, "null"],
      [Number.NaN, "NaN"],
      [2n ** 64n, "18446744073709551616"],
      [["a", 1], '["a",1]'],
      [Symbol("odd"), "Symbol(odd)"],
      [new ValueDescription("more than fits"), "more than fits"],
      [Promise.resolve("a"), "an output"],
    ];
    for (const [got, shown] of cases) assert.equal(message(got), `size must be smaller, got ${shown}.`);
  });

  it("validation issue: does not show the content of a file in place of its path", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----";
    assert.equal(message(key), "size must be smaller, got a text of 62 characters.");
    assert.equal(message("x".repeat(257)), "size must be smaller, got a text of 257 characters.");
  });

  it("validation issue: ends with the remedy", () => {
    assert.equal(
      formatIssue({ key: "size", got: 9, allowed: "smaller", remedy: "Use 8." }),
      "size must be smaller, got 9. Use 8.",
    );
  });
});
