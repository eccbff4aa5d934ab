import assert from "node:assert/strict";
import { type LintFinding, lintScripts, loadParser, ruleNames } from "../../../migrations/lint";
import { checkSequence } from "../../../migrations/script/sequence";
import { base, scriptsOf, sections } from "./page";

/** Unsuppressed findings. */
function lintBlock(block: string): LintFinding[] {
  return lintScripts(checkSequence([...base, ...scriptsOf(block)])).filter(({ suppressed }) => !suppressed);
}

describe("lint: docs/lint-rules.md", () => {
  before(loadParser);

  it("documents every rule once, in the order of the lint", () => {
    assert.deepEqual(
      sections.map(({ rule }) => rule),
      ruleNames,
    );
  });

  it("has a base schema that breaks no rule", () => {
    assert.equal(base.length, 1);
    assert.deepEqual(lintScripts(base), []);
  });

  for (const { rule, bad, good } of sections) {
    it(`has a bad form that breaks only ${rule}, and a good form that breaks no rule`, () => {
      assert.ok(scriptsOf(bad).length > 0 && scriptsOf(good).length > 0);
      const found = lintBlock(bad);
      assert.deepEqual([...new Set(found.map((finding) => finding.rule))], [rule]);
      assert.deepEqual(lintBlock(good), []);
    });
  }
});
