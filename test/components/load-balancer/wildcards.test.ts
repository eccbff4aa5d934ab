import assert from "node:assert/strict";
import fc from "fast-check";
import { covers, overlap } from "../../../components/load-balancer/wildcards";
import { matchesWildcards } from "../../../simulator/load-balancer/wildcards";

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 });

describe("components: wildcards of listener rules", () => {
  it("overlap: two patterns that match one text overlap", () => {
    fc.assert(
      fc.property(pattern, pattern, text, (left, right, each) => {
        if (matchesWildcards(left, each) && matchesWildcards(right, each)) assert.ok(overlap(left, right));
      }),
      { numRuns: 2000 },
    );
  });

  it("covers: a text that the other pattern matches is matched by the wider one", () => {
    fc.assert(
      fc.property(pattern, pattern, text, (wider, other, each) => {
        if (covers(wider, other) && matchesWildcards(other, each)) assert.ok(matchesWildcards(wider, each));
      }),
      { numRuns: 2000 },
    );
  });

  it("overlap and covers: hosts and paths as teams write them", () => {
    assert.ok(overlap("*.example.com", "shop.example.com"));
    assert.ok(overlap("/api/*", "/*/v1"));
    assert.ok(!overlap("/api/*", "/shop/*"));
    assert.ok(!overlap("shop.example.com", "api.example.com"));
    assert.ok(covers("/*", "/api/*"));
    assert.ok(covers("/api/*", "/api/v1/*"));
    assert.ok(!covers("/api/*", "/*"));
    assert.ok(!covers("?", "*"));
  });

  it("overlap: patterns with many wildcards are compared at once", () => {
    const startedAt = Date.now();
    assert.ok(!overlap(`${"*a".repeat(60)}x`, `${"*b".repeat(60)}y`));
    assert.ok(Date.now() - startedAt < 1000);
  });
});
