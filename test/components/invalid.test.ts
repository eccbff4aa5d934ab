import assert from "node:assert/strict";
import {
  checkName,
  checkWhole,
  InvalidArgumentError,
  refusalSentence,
  Words,
} from "../../components/invalid";

function sentence(check: () => void): string {
  try {
    check();
    return "accepted";
  } catch (error) {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    return error.message;
  }
}

describe("a refusal", () => {
  const shown = (got: unknown) => refusalSentence({ what: "size", got, allowed: "less" });

  it("says what was got as it was given", () => {
    assert.equal(shown("big"), 'size: got "big"; allowed is less.');
    assert.equal(shown(""), 'size: got ""; allowed is less.');
    assert.equal(shown("two\nlines"), 'size: got "two\\nlines"; allowed is less.');
    assert.equal(shown(undefined), "size: got nothing; allowed is less.");
    assert.equal(shown(null), "size: got null; allowed is less.");
    assert.equal(shown(Number.NaN), "size: got NaN; allowed is less.");
    assert.equal(shown(2n ** 64n), "size: got 18446744073709551616; allowed is less.");
    assert.equal(shown(["a", 1]), 'size: got ["a",1]; allowed is less.');
    assert.equal(shown(Symbol("odd")), "size: got Symbol(odd); allowed is less.");
    assert.equal(shown(new Words("more than fits")), "size: got more than fits; allowed is less.");
  });

  it("ends with what to do, when there is something to say", () => {
    assert.equal(
      refusalSentence({ what: "size", got: 9, allowed: "less", todo: "Take 8." }),
      "size: got 9; allowed is less. Take 8.",
    );
  });
});

describe("a whole number", () => {
  it("is taken at both ends of its range, and when it is left to its default", () => {
    for (const value of [1, 5, undefined])
      assert.equal(
        sentence(() => checkWhole("size", value, 1, 5)),
        "accepted",
      );
  });

  it("is refused beyond them, and between two numbers", () => {
    for (const value of [0, 6, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const expected = `size: got ${value}; allowed is a whole number from 1 to 5.`;
      assert.equal(
        sentence(() => checkWhole("size", value, 1, 5)),
        expected,
      );
    }
  });
});

describe("a component's name", () => {
  const bounds = "(AWS bounds names to 32 characters, and 14 are appended)";
  const allowed = `allowed is 1 to 18 letters, digits and hyphens, starting with a letter and not with internal- or sg- ${bounds}`;

  it("leaves room for what is appended to it", () => {
    assert.equal(
      sentence(() => checkName("Fleet", "a".repeat(18), { suffix: "-green" })),
      "accepted",
    );
    const long = "a".repeat(19);
    assert.equal(
      sentence(() => checkName("Fleet", long, { suffix: "-green" })),
      `Fleet name: got "${long}"; ${allowed}. Give a shorter name.`,
    );
  });

  it("has only what AWS takes", () => {
    for (const name of ["", "1web", "-web", "web_1", "web.1", "wéb", "internal-web", "sg-web"]) {
      assert.equal(
        sentence(() => checkName("Fleet", name, { suffix: "-green" })),
        `Fleet name: got "${name}"; ${allowed}. Give another name.`,
      );
    }
  });
});
