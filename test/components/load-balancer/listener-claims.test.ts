import assert from "node:assert/strict";
import { claimIssues } from "../../../components/load-balancer/claim-issues";
import {
  type ListenerClaim,
  productionRuleClaim,
  testRuleClaim,
} from "../../../components/load-balancer/listener-claims";
import type { RequestConditionArgs } from "../../../components/load-balancer/request-conditions";
import { productionRulePriority, testRulePriority } from "../../../components/load-balancer/rule-priorities";
import { formatIssue } from "../../../components/validation/validation-issue";

type FleetClaim = Parameters<typeof testRuleClaim>[1];

const fleet = (name: string, args: FleetClaim = { service: name }) =>
  testRuleClaim({ component: "BlueGreenFleet", name }, args);
const unnamed = (name: string, colorRulePriority?: number, conditions: RequestConditionArgs = {}) =>
  fleet(name, { colorRulePriority, ...conditions } as FleetClaim);
const rule = (name: string, conditions: RequestConditionArgs, priority?: number) =>
  productionRuleClaim({ component: "ProductionRule", name }, { ...conditions, priority } as never);
const service = (
  name: string,
  args: RequestConditionArgs & { priority?: number; colorRulePriority?: number },
) => {
  const owner = { component: "BlueGreenService", name } as const;
  const { colorRulePriority } = args;
  return [
    productionRuleClaim(owner, args),
    testRuleClaim(owner, { service: name, colorRulePriority } as FleetClaim),
  ];
};
const messages = (own: ListenerClaim[], ...others: ListenerClaim[]) =>
  claimIssues(own, others).map(formatIssue);

const keys = (own: ListenerClaim, ...others: ListenerClaim[]) =>
  claimIssues([own], others).map(({ key }) => key);

const host = { hosts: ["shop.example.com"] };

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
    assert.deepEqual(keys(unnamed("shop", 300), unnamed("api", 400)), ["service"]);
    assert.deepEqual(keys(unnamed("shop"), unnamed("shop")), ["service"]);
    assert.deepEqual(keys(fleet("shop"), unnamed("api", 400)), ["service"]);
    assert.deepEqual(keys(fleet("a", { service: "Shop", colorRulePriority: 300 }), fleet("shop")), [
      "service",
    ]);
    assert.deepEqual(keys(unnamed("shop", 300, host), unnamed("api", 400, { hosts: ["*.EXAMPLE.com"] })), [
      "service",
    ]);
    const [message] = messages([unnamed("shop", 300)], fleet("api"));
    assert.match(
      message ?? "",
      /^service must be a name of its own, .* BlueGreenFleet "api" on the same listener, which has "api", got nothing\. Give this fleet a `service`\.$/,
    );
  });

  it("fleets: without a service but with hosts that exclude each other need no priorities", () => {
    assert.deepEqual(
      keys(unnamed("shop", undefined, host), unnamed("api", undefined, { hosts: ["api.*"] })),
      [],
    );
    const header = (name: string, value: string) => ({ headers: [{ name, values: [value] }] });
    assert.deepEqual(
      keys(unnamed("a", undefined, header("x-v", "1")), unnamed("b", undefined, header("X-V", "2"))),
      [],
    );
  });

  it("services: equal names have one message, whatever the priorities are", () => {
    const shop = service("shop", host);
    assert.deepEqual(messages(service("Shop", { hosts: ["b.example.com"] }), ...shop), [
      'name must be a name of its own, because test requests to this service could reach BlueGreenService "shop" on the same listener, which has "shop", got "Shop". Rename one of the two services; upper and lower case are equal.',
    ]);
    const other = service("shop", { hosts: ["b.example.com"], priority: 31_000, colorRulePriority: 300 });
    assert.deepEqual(
      claimIssues(other, shop).map(({ key }) => key),
      ["name"],
    );
  });

  it("services: everything that is wrong beside another service is reported at once", () => {
    const found = claimIssues(service("Shop", host), service("shop", host));
    assert.deepEqual(
      found.map(({ key }) => key),
      ["name", "hosts"],
    );
  });

  it("services: equal priorities of the two kinds of rules of one service are one issue", () => {
    assert.deepEqual(messages(service("shop", { priority: 50, colorRulePriority: 50 })), [
      "priority must be above 51, because this rule could take the test requests to this service on the same listener, got 50. Give a higher number, or leave it out.",
    ]);
    const late = claimIssues(service("shop", { colorRulePriority: 49_999 }), []);
    assert.deepEqual(
      late.map(({ key }) => key),
      ["colorRulePriority"],
    );
    assert.deepEqual(messages(service("shop", host)), []);
  });

  it("services: a fleet without a service on the listener is to be corrected", () => {
    const [message] = messages(service("shop", host), unnamed("old"));
    assert.match(message ?? "", /^listenerArn must be .* Give BlueGreenFleet "old" a `service`\.$/);
  });

  it("rules: equal priorities are rejected", () => {
    const named = (name: string, colorRulePriority: number) =>
      fleet(name, { service: name, colorRulePriority });
    assert.deepEqual(keys(named("shop", 10), named("api", 11)), ["colorRulePriority"]);
    assert.deepEqual(keys(rule("shop", { hosts: ["a"] }, 7), rule("api", { hosts: ["b"] }, 7)), ["priority"]);
    assert.deepEqual(keys(rule("shop", { hosts: ["a"] }, 10), named("shop", 10)), ["priority"]);
  });

  it("rules: a rule that would take all requests of another is rejected", () => {
    const all = rule("all", {}, 1000);
    const api = rule("api", { paths: ["/api/*"] }, 2000);
    assert.deepEqual(keys(api, all), ["priority"]);
    assert.deepEqual(keys(all, api), ["priority"]);
    assert.deepEqual(keys(rule("all", {}, 3000), api), []);
    assert.deepEqual(
      keys(rule("shop", { ...host, paths: ["/a/b/*"] }, 2), rule("a", { ...host, paths: ["/a/*"] }, 1)),
      ["priority"],
    );
    assert.deepEqual(
      keys(rule("shop", host, 2), rule("beta", { headers: [{ name: "x", values: ["1"] }] }, 1)),
      [],
    );
    const beta = { headers: [{ name: "X", values: ["a*"] }] };
    assert.deepEqual(
      keys(rule("all", beta, 1), rule("one", { ...host, headers: [{ name: "x", values: ["AB"] }] }, 2)),
      ["priority"],
    );
  });

  it("rules: equal conditions are rejected whatever the priorities are", () => {
    const version = (name: string) => ({ ...host, headers: [{ name, values: ["1"] }] });
    assert.deepEqual(keys(rule("a", version("x-v")), rule("b", version("X-V"))), ["hosts"]);
    assert.deepEqual(keys(rule("a", version("x-v"), 1), rule("b", version("X-V"), 2)), ["hosts"]);
    assert.deepEqual(keys(rule("a", { paths: ["/a", "/b"] }, 1), rule("b", { paths: ["/b", "/a"] }, 2)), [
      "paths",
    ]);
    assert.deepEqual(keys(rule("a", {}, 1), rule("b", {}, 2)), ["hosts"]);
  });

  it("rules: both need a priority if a request can match both and only the names decide the order", () => {
    const left = { hosts: ["a.b.c", "b.b.c"] };
    const right = { hosts: ["b.b.c", "c.b.c"] };
    assert.deepEqual(keys(rule("a", left), rule("b", right)), ["priority"]);
    assert.deepEqual(keys(rule("a", left, 30_500), rule("b", right)), ["priority"]);
    assert.deepEqual(keys(rule("a", left, 30_500), rule("b", right, 30_400)), []);
    assert.deepEqual(keys(rule("a", left, 500), rule("b", right)), []);
    assert.deepEqual(keys(rule("a", left), rule("b", { ...right, paths: ["/b/*"] })), []);
    for (const [wide, exact] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      const wildcard = rule(wide, { hosts: ["*.example.com"] });
      const [message] = messages([wildcard], rule(exact, host));
      assert.match(
        message ?? "",
        /^priority must be given here and for ProductionRule "\w", because a request can match both rules, and by default the names decide which comes first, got nothing\. Give both a `priority`/,
      );
    }
    assert.deepEqual(keys(rule("a", { hosts: ["a.b.c"] }), rule("b", { hosts: ["b.b.c"] })), []);
  });

  it("rules: a production rule before the test rules that it could hide is rejected", () => {
    const shop = fleet("shop", { service: "shop", colorRulePriority: 10 });
    assert.deepEqual(keys(rule("shop", {}, 1), shop), ["priority"]);
    assert.deepEqual(keys(rule("shop", {}, 1000), shop), []);
    const api = fleet("api", { service: "api", colorRulePriority: 10, hosts: ["api.example.com"] });
    assert.deepEqual(keys(rule("shop", host, 1), api), []);
    const anyAgent = { headers: [{ name: "user-agent", values: ["*"] }] };
    assert.deepEqual(keys(rule("c", anyAgent, 5), ...service("shop", host)), ["priority"]);
    assert.deepEqual(
      claimIssues(service("shop", host), [rule("c", anyAgent, 5)]).map(({ key }) => key),
      ["colorRulePriority"],
    );
  });
});
