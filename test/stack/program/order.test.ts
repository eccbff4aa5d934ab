import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { Declared } from "../../support/declared";
import { story } from "./stacks";

type Color = "blue" | "green";

/** The steps of a release, by what they are. */
function stepsOf(declared: Declared) {
  const invocation = (name: string) => declared.get("lambda/invocation:Invocation", `dev-${name}`);
  return {
    database: declared.get("rds/instance:Instance", "dev"),
    expand: invocation("expand"),
    /** An invocation before the last one, where a backfill may need more than one. */
    expandAt: (number: number) => invocation(`expand-${number}`),
    contract: () => invocation("contract"),
    gate: (role: "live" | "canary") => invocation(`gate-${role}`),
    drained: (color: Color) => invocation(`drained-${color}`),
    rule: declared.get("lb/listenerRule:ListenerRule", "dev-edge-production"),
    ownRule: (tier: string, color: Color) =>
      declared.get("lb/listenerRule:ListenerRule", `dev-${tier}-${color}`),
    servers: (tier: string, color: Color) => declared.get("autoscaling/group:Group", `dev-${tier}-${color}`),
  };
}

/** Fails unless servers come after the expand step and their own rule, and application servers before web servers. */
function assertServing(declared: Declared, color: Color): void {
  const { database, expand, ownRule, servers } = stepsOf(declared);
  declared.assertChain(database, expand, servers("app", color), servers("web", color));
  for (const tier of ["app", "web"]) declared.assertChain(ownRule(tier, color), servers(tier, color));
}

/** Fails unless the color gets its users only after the gate has seen its servers. */
function assertGated(declared: Declared, color: Color, role: "live" | "canary"): void {
  const { gate, rule, servers } = stepsOf(declared);
  for (const tier of ["app", "web"]) declared.assertChain(servers(tier, color), gate(role), rule);
}

describe("the order of a release", () => {
  let chapters: Awaited<ReturnType<typeof story>>;
  before(async function () {
    this.timeout(180_000);
    chapters = await story();
  });

  it("has no step that waits for itself", () => {
    const { first, deployed, toCanary, flipped, retired, contracted } = chapters;
    for (const { declared } of [first, deployed, toCanary, flipped, retired, contracted])
      declared.assertNoCycle();
  });

  it("is database, expand, servers, gate, users", () => {
    assertServing(chapters.first.declared, "blue");
    assertGated(chapters.first.declared, "blue", "live");
  });

  it("deploys to the idle color without a word to the live one", () => {
    const { declared } = chapters.deployed;
    for (const color of ["blue", "green"] as const) assertServing(declared, color);
    assertGated(declared, "blue", "live");
    const { database, expandAt, expand, rule, servers } = stepsOf(declared);
    declared.assertChain(database, expandAt(1), expandAt(2), expandAt(3), expand, servers("app", "green"));
    declared.assertChain(rule, servers("app", "green"), servers("web", "green"));
    assert.ok(
      !declared.waitsFor(rule, servers("web", "green")),
      "users wait for a color that they do not get",
    );
  });

  it("looks at both colors before a canary splits the users", () => {
    assertGated(chapters.toCanary.declared, "blue", "live");
    assertGated(chapters.toCanary.declared, "green", "canary");
  });

  it("is the same for the other color after a flip", () => {
    for (const color of ["blue", "green"] as const) assertServing(chapters.flipped.declared, color);
    assertGated(chapters.flipped.declared, "green", "live");
  });

  it("retires a color after users have moved, from the edge inwards, and contracts at the very end", () => {
    for (const { declared } of [chapters.retired, chapters.contracted]) {
      const { rule, servers, drained } = stepsOf(declared);
      assertServing(declared, "green");
      assertGated(declared, "green", "live");
      declared.assertChain(rule, servers("web", "blue"), drained("blue"), servers("app", "blue"));
    }
    const { declared } = chapters.contracted;
    const { servers, contract } = stepsOf(declared);
    declared.assertChain(servers("app", "blue"), contract());
  });

  it("is kept by what really happens", () => {
    const at = (type: string, name: string) => {
      const index = chapters.first.told.indexOf(`create aws:${type} ${name}`);
      assert.ok(index >= 0, `${name} was not made`);
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

  it("gives servers everything that their start needs before they start", () => {
    const { declared } = chapters.first;
    for (const tier of ["web", "app"]) {
      const group = declared.get("autoscaling/group:Group", `dev-${tier}-blue`);
      const needed = [
        declared.get("s3/bucketObjectv2:BucketObjectv2", `dev-${tier}/1.0.0.js`),
        declared.get("iam/rolePolicy:RolePolicy", `dev-${tier}`),
        declared.get("iam/rolePolicyAttachment:RolePolicyAttachment", `dev-${tier}-ssm`),
        declared.get("vpc/securityGroupEgressRule:SecurityGroupEgressRule", `dev-${tier}-out`),
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

  it("opens the doors of a function before it is called", () => {
    const { declared } = chapters.first;
    const rule = (name: string) =>
      declared.get("vpc/securityGroupIngressRule:SecurityGroupIngressRule", name);
    declared.assertChain(rule("dev-migrate-to-database"), stepsOf(declared).expand);
    declared.assertChain(rule("dev-gate-to-inner"), stepsOf(declared).gate("live"));
    for (const name of ["migrate", "gate"]) {
      const call = name === "gate" ? stepsOf(declared).gate("live") : stepsOf(declared).expand;
      declared.assertChain(declared.get("iam/rolePolicy:RolePolicy", `dev-${name}`), call);
      declared.assertChain(
        declared.get("vpc/securityGroupEgressRule:SecurityGroupEgressRule", `dev-${name}-out`),
        call,
      );
    }
  });
});
