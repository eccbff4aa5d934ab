import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { Declared } from "../../support/declared";
import { devUpdates } from "./stacks";

type Color = "blue" | "green";

/** The resources of a release, by their steps. */
function stepsOf(declared: Declared) {
  const invocation = (name: string) => declared.get("lambda/invocation:Invocation", `dev-${name}`);
  return {
    database: declared.get("rds/instance:Instance", "dev"),
    expand: invocation("expand"),
    /** An invocation before the last one, for a backfill. */
    expandAt: (number: number) => invocation(`expand-${number}`),
    contract: () => invocation("contract"),
    gate: (role: "live" | "canary") => invocation(`gate-${role}`),
    drained: (color: Color) => invocation(`drained-${color}`),
    rule: declared.get("lb/listenerRule:ListenerRule", "dev-edge-production"),
    testRule: (tier: string, color: Color) =>
      declared.get("lb/listenerRule:ListenerRule", `dev-${tier}-${color}`),
    instances: (tier: string, color: Color) =>
      declared.get("autoscaling/group:Group", `dev-${tier}-${color}`),
  };
}

/** Expects instances after the expand step and their test rule, and application instances before web instances. */
function assertServing(declared: Declared, color: Color): void {
  const { database, expand, testRule, instances } = stepsOf(declared);
  declared.assertChain(database, expand, instances("app", color), instances("web", color));
  for (const tier of ["app", "web"]) declared.assertChain(testRule(tier, color), instances(tier, color));
}

/** Expects the gate check between the instances and the production rule. */
function assertGated(declared: Declared, color: Color, role: "live" | "canary"): void {
  const { gate, rule, instances } = stepsOf(declared);
  for (const tier of ["app", "web"]) declared.assertChain(instances(tier, color), gate(role), rule);
}

describe("order of a release", () => {
  let updates: Awaited<ReturnType<typeof devUpdates>>;
  before(async function () {
    this.timeout(180_000);
    updates = await devUpdates();
  });

  it("order: no resource depends on itself", () => {
    const { first, deployed, toCanary, flipped, retired, contracted } = updates;
    for (const { declared } of [first, deployed, toCanary, flipped, retired, contracted])
      declared.assertNoCycle();
  });

  it("order: database, expand, instances, gate check, production rule", () => {
    assertServing(updates.first.declared, "blue");
    assertGated(updates.first.declared, "blue", "live");
  });

  it("order: the idle color comes after the production rule, which does not depend on it", () => {
    const { declared } = updates.deployed;
    for (const color of ["blue", "green"] as const) assertServing(declared, color);
    assertGated(declared, "blue", "live");
    const { database, expandAt, expand, rule, instances } = stepsOf(declared);
    declared.assertChain(database, expandAt(1), expandAt(2), expandAt(3), expand, instances("app", "green"));
    declared.assertChain(rule, instances("app", "green"), instances("web", "green"));
    assert.ok(
      !declared.waitsFor(rule, instances("web", "green")),
      "the production rule depends on a color without traffic",
    );
  });

  it("order: a canary has a gate check of both colors before the production rule", () => {
    assertGated(updates.toCanary.declared, "blue", "live");
    assertGated(updates.toCanary.declared, "green", "canary");
  });

  it("order: after a flip the same for the other color", () => {
    for (const color of ["blue", "green"] as const) assertServing(updates.flipped.declared, color);
    assertGated(updates.flipped.declared, "green", "live");
  });

  it("order: production rule, web instances, drain, application instances of a retired color, contract", () => {
    for (const { declared } of [updates.retired, updates.contracted]) {
      const { rule, instances, drained } = stepsOf(declared);
      assertServing(declared, "green");
      assertGated(declared, "green", "live");
      declared.assertChain(rule, instances("web", "blue"), drained("blue"), instances("app", "blue"));
    }
    const { declared } = updates.contracted;
    const { instances, contract } = stepsOf(declared);
    declared.assertChain(instances("app", "blue"), contract());
  });

  it("order: an update creates the resources in this order", () => {
    const at = (type: string, name: string) => {
      const index = updates.first.changes.indexOf(`create aws:${type} ${name}`);
      assert.ok(index >= 0, `${name} was not created`);
      return index;
    };
    const order = [
      at("rds/instance:Instance", "dev"),
      at("lambda/invocation:Invocation", "dev-expand"),
      at("autoscaling/group:Group", "dev-app-blue"),
      at("autoscaling/group:Group", "dev-web-blue"),
      at("lambda/invocation:Invocation", "dev-gate-live"),
      at("lb/listenerRule:ListenerRule", "dev-edge-production"),
    ];
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });

  it("order: an instance starts after its artifact, its permissions and its network access", () => {
    const { declared } = updates.first;
    for (const tier of ["web", "app"]) {
      const group = declared.get("autoscaling/group:Group", `dev-${tier}-blue`);
      const needed = [
        declared.get("s3/bucketObjectv2:BucketObjectv2", `dev-${tier}/1.0.0.js`),
        declared.get("iam/rolePolicy:RolePolicy", `dev-${tier}-blue-1.0.0`),
        declared.get("iam/rolePolicy:RolePolicy", `dev-${tier}-sessions`),
        declared.get("vpc/securityGroupEgressRule:SecurityGroupEgressRule", `dev-${tier}-out-443`),
        declared.get("vpc/securityGroupIngressRule:SecurityGroupIngressRule", `dev-${tier}-in`),
        declared.get(
          "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
          tier === "web" ? "dev-web-to-inner" : "dev-app-to-database",
        ),
        ...declared.of("ec2/route:Route").filter(({ name }) => name.endsWith("-nat")),
        ...declared
          .of("ec2/routeTableAssociation:RouteTableAssociation")
          .filter(({ name }) => name.includes("private")),
      ];
      for (const earlier of needed) declared.assertChain(earlier, group);
    }
  });

  it("order: a function is invoked after its permissions and its network access", () => {
    const { declared } = updates.first;
    const rule = (name: string) =>
      declared.get("vpc/securityGroupIngressRule:SecurityGroupIngressRule", name);
    declared.assertChain(rule("dev-migrate-to-database"), stepsOf(declared).expand);
    declared.assertChain(rule("dev-gate-to-inner"), stepsOf(declared).gate("live"));
    for (const name of ["migrate", "gate"]) {
      const call = name === "gate" ? stepsOf(declared).gate("live") : stepsOf(declared).expand;
      declared.assertChain(declared.get("iam/rolePolicy:RolePolicy", `dev-${name}`), call);
      declared.assertChain(declared.get("iam/rolePolicy:RolePolicy", `dev-${name}-runtime`), call);
      declared.assertChain(
        declared.get("vpc/securityGroupEgressRule:SecurityGroupEgressRule", `dev-${name}-out-443`),
        call,
      );
    }
  });
});
