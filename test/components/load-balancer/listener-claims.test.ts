import assert from "node:assert/strict";
import { claimIssues, type ListenerClaim } from "../../../components/load-balancer/listener-claims";
import { productionRulePriority, testRulePriority } from "../../../components/load-balancer/rule-priorities";
import { formatIssue } from "../../../components/validation/validation-issue";

const fleet = (name: string, more: Partial<ListenerClaim> = {}): ListenerClaim => ({
  component: "BlueGreenFleet",
  name,
  service: name,
  priorities: [testRulePriority(name), testRulePriority(name) + 1],
  conditions: {},
  ...more,
});
const rule = (
  name: string,
  conditions: ListenerClaim["conditions"],
  priority = productionRulePriority(name, conditions as never),
): ListenerClaim => ({ component: "ProductionRule", name, priorities: [priority], conditions });

const keys = (own: ListenerClaim, ...others: ListenerClaim[]) =>
  claimIssues(own, others).map(({ key }) => key);

describe("components: rules that share a listener", () => {
  it("priorities: all test rules come before all production rules, the narrow ones of which come first", () => {
    const names = Array.from({ length: 200 }, (_, index) => `service-${index}`);
    const tests = names.map(testRulePriority);
    const production = (conditions: { hosts?: string[]; paths?: string[] }) =>
      names.map((name) => productionRulePriority(name, conditions));
    const groups = [
      tests,
      production({ hosts: ["a"], paths: ["/a"] }),
      production({ hosts: ["a"] }),
      production({ paths: ["/a"] }),
      production({}),
    ];
    assert.ok(Math.min(...tests) >= 100);
    for (const [index, group] of groups.entries()) {
      const next = groups[index + 1] ?? [50_001];
      assert.ok(Math.max(...group) + 1 < Math.min(...next), `group ${index}`);
    }
    assert.ok(tests.every((priority) => priority % 2 === 0));
  });

  it("priorities: follow from the name alone, so that a new service changes no other", () => {
    assert.equal(testRulePriority("shop"), 19_814);
    assert.equal(testRulePriority("SHOP"), 19_814);
    assert.equal(productionRulePriority("shop", { hosts: ["shop.example.com"] }), 35_107);
  });

  it("fleets: with services of their own share a listener", () => {
    assert.deepEqual(keys(fleet("shop"), fleet("api"), fleet("admin")), []);
  });

  it("fleets: are rejected when the test requests of one could reach the other", () => {
    const unnamed = (name: string, first: number, conditions = {}) =>
      fleet(name, { service: undefined, priorities: [first, first + 1], conditions });
    assert.deepEqual(keys(unnamed("shop", 300), unnamed("api", 400)), ["service"]);
    assert.deepEqual(keys(fleet("shop"), unnamed("api", 400)), ["service"]);
    assert.deepEqual(keys(fleet("a", { service: "Shop", priorities: [300, 301] }), fleet("shop")), [
      "service",
    ]);
    const shop = { hosts: ["shop.example.com"] };
    assert.deepEqual(keys(unnamed("shop", 300, shop), unnamed("api", 400, { hosts: ["api.*"] })), []);
    assert.deepEqual(keys(unnamed("shop", 300, shop), unnamed("api", 400, { hosts: ["*.EXAMPLE.com"] })), [
      "service",
    ]);
    const [issue] = claimIssues(unnamed("shop", 300), [fleet("api")]);
    assert.match(
      issue ? formatIssue(issue) : "",
      /^service must be a name of its own, .* BlueGreenFleet "api" on the same listener, which has "api", got nothing\./,
    );
  });

  it("rules: equal priorities are rejected", () => {
    assert.deepEqual(keys(fleet("shop", { priorities: [10, 11] }), fleet("api", { priorities: [11, 12] })), [
      "colorRulePriority",
    ]);
    assert.deepEqual(keys(rule("shop", { hosts: ["a"] }, 7), rule("api", { hosts: ["b"] }, 7)), ["priority"]);
    assert.deepEqual(keys(rule("shop", { hosts: ["a"] }, 10), fleet("shop", { priorities: [10, 11] })), [
      "priority",
      "priority",
    ]);
  });

  it("rules: a rule that would take all requests of another is rejected", () => {
    const all = rule("all", {}, 1000);
    const api = rule("api", { paths: ["/api/*"] }, 2000);
    assert.deepEqual(keys(api, all), ["priority"]);
    assert.deepEqual(keys(all, api), ["priority"]);
    assert.deepEqual(keys(rule("all", {}, 3000), api), []);
    const host = { hosts: ["shop.example.com"] };
    assert.deepEqual(
      keys(rule("shop", { ...host, paths: ["/a/b/*"] }, 2), rule("a", { ...host, paths: ["/a/*"] }, 1)),
      ["priority"],
    );
    assert.deepEqual(
      keys(rule("shop", host, 2), rule("beta", { headers: [{ name: "x", values: ["1"] }] }, 1)),
      [],
    );
  });

  it("rules: a production rule before the test rules that it would hide is rejected", () => {
    assert.deepEqual(keys(rule("shop", {}, 1), fleet("shop", { priorities: [10, 11] })), ["priority"]);
    assert.deepEqual(keys(rule("shop", {}, 1000), fleet("shop", { priorities: [10, 11] })), []);
    const api = fleet("api", { priorities: [10, 11], conditions: { hosts: ["api.example.com"] } });
    assert.deepEqual(keys(rule("shop", { hosts: ["shop.example.com"] }, 1), api), []);
  });
});
