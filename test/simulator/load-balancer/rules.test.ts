import assert from "node:assert/strict";
import fc from "fast-check";
import type { Action, Condition, Rule } from "../../../simulator/load-balancer";
import { actionFor, type RequestFacts } from "../../../simulator/load-balancer/rules";
import { matchesWildcards } from "../../../simulator/load-balancer/wildcards";

const answer = (statusCode: number): Action => ({
  type: "fixed-response",
  statusCode,
  contentType: "text/plain",
  body: "",
});

function facts(path: string, host = "example.com", headers: Record<string, string[]> = {}): RequestFacts {
  return { path, host, header: (name) => headers[name] ?? [] };
}

function matches(condition: Condition, request: RequestFacts): boolean {
  const rule: Rule = { arn: "r", priority: 1, conditions: [condition], action: answer(200) };
  return actionFor([rule], answer(404), request) === rule.action;
}

describe("simulator: load balancer, listener rules", () => {
  it("rules: path patterns are case-sensitive and match the whole path", () => {
    const condition: Condition = { type: "path-pattern", values: ["/img/*", "/a?c"] };
    assert.ok(matches(condition, facts("/img/")));
    assert.ok(matches(condition, facts("/img/x/y.png")));
    assert.ok(matches(condition, facts("/abc")));
    assert.ok(!matches(condition, facts("/IMG/x")));
    assert.ok(!matches(condition, facts("/x/img/y")));
    assert.ok(!matches(condition, facts("/ac")));
  });

  it("rules: hosts and header values are compared without case", () => {
    assert.ok(matches({ type: "host-header", values: ["*.Example.com"] }, facts("/", "API.example.COM")));
    assert.ok(!matches({ type: "host-header", values: ["*.example.com"] }, facts("/", "example.com")));
    const color: Condition = { type: "http-header", name: "X-Changeover-Color", values: ["green"] };
    assert.ok(matches(color, facts("/", "h", { "x-changeover-color": ["Green"] })));
    assert.ok(!matches(color, facts("/", "h", { "x-changeover-color": ["greenish"] })));
    assert.ok(!matches(color, facts("/")));
  });

  it("rules: any value of a repeated header may match", () => {
    const condition: Condition = { type: "http-header", name: "x-tag", values: ["b*"] };
    assert.ok(matches(condition, facts("/", "h", { "x-tag": ["a", "bc"] })));
  });

  it("rules: all conditions must match, with one value of each", () => {
    const rule: Rule = {
      arn: "r",
      priority: 1,
      conditions: [
        { type: "path-pattern", values: ["/a", "/b"] },
        { type: "http-header", name: "x", values: ["1"] },
      ],
      action: answer(200),
    };
    const status = (request: RequestFacts) => actionFor([rule], answer(404), request);
    assert.deepEqual(status(facts("/b", "h", { x: ["1"] })), answer(200));
    assert.deepEqual(status(facts("/b")), answer(404));
    assert.deepEqual(status(facts("/c", "h", { x: ["1"] })), answer(404));
  });

  it("rules: the first matching rule applies, else the default action", () => {
    const value = fc.string({ unit: fc.constantFrom("a", "B", "/", "*", "?"), minLength: 1, maxLength: 4 });
    const values = fc.array(value, { minLength: 1, maxLength: 3 });
    const condition: fc.Arbitrary<Condition> = fc.oneof(
      fc.record({ type: fc.constant("path-pattern" as const), values }),
      fc.record({ type: fc.constant("host-header" as const), values }),
      fc.record({ type: fc.constant("http-header" as const), name: fc.constantFrom("x", "Y"), values }),
    );
    const conditionLists = fc.array(fc.array(condition, { minLength: 1, maxLength: 3 }), { maxLength: 6 });
    fc.assert(
      fc.property(conditionLists, value, value, fc.array(value), (lists, path, host, headers) => {
        const rules = lists.map(
          (conditions, at): Rule => ({
            arn: `r${at}`,
            priority: at + 1,
            conditions,
            action: answer(200 + at),
          }),
        );
        const request = facts(path, host, { x: headers });
        const first = rules.find((rule) => rule.conditions.every((one) => matches(one, request)));
        assert.equal(actionFor(rules, answer(404), request).type, "fixed-response");
        assert.deepEqual(actionFor(rules, answer(404), request), first?.action ?? answer(404));
      }),
    );
  });
});

describe("simulator: load balancer, wildcards", () => {
  it("wildcards: match as the equivalent regular expression", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
    fc.assert(
      fc.property(pattern, text, (wildcards, subject) => {
        const source = wildcards.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        assert.equal(matchesWildcards(wildcards, subject), new RegExp(`^${source}$`).test(subject));
      }),
      { numRuns: 2000 },
    );
  });

  it("wildcards: a pattern with many stars is fast", () => {
    assert.equal(matchesWildcards(`${"*a".repeat(60)}b`, "a".repeat(20_000)), false);
  });
});
