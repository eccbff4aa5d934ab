import assert from "node:assert/strict";
import { loadParser, rules } from "../../../migrations/lint";
import { corpus } from "./corpus";
import { lintEntry } from "./corpus/scripts";

describe("lint: corpus", () => {
  before(loadParser);

  for (const entry of corpus) {
    const title = `${entry.rules.length === 0 ? "accepts" : "reports"} ${entry.sql.replace(/\s+/g, " ")} (${entry.why})`;
    it(title, () => {
      const found = [...new Set(lintEntry(entry).map(({ rule }) => rule))].sort();
      assert.deepEqual(found, [...entry.rules].sort());
    });
  }

  it("has enough safe and unsafe scripts, and an unsafe one for each rule", () => {
    assert.ok(corpus.length >= 150, `${corpus.length} entries`);
    assert.ok(corpus.filter((entry) => entry.rules.length === 0).length >= 50);
    const covered = new Set(corpus.flatMap((entry) => entry.rules));
    assert.deepEqual(
      rules.map(({ name }) => name).filter((name) => !covered.has(name)),
      [],
    );
  });
});
