import assert from "node:assert/strict";
import type { Action, Rule } from "../../../simulator/load-balancer";
import { forwardTo, groupSpec, useStage } from "./support";

const rule = (more: Partial<Rule> = {}): Rule => ({
  arn: "rule-1",
  priority: 1,
  conditions: [{ type: "path-pattern", values: ["/*"] }],
  action: forwardTo({ blue: 1 }),
  ...more,
});

describe("what a load balancer refuses", () => {
  const stage = useStage();

  async function withBlue() {
    const balancer = await stage.balancer();
    balancer.putTargetGroup(groupSpec("blue"));
    return balancer;
  }

  it("a second rule of the same priority, but not the same rule again", async () => {
    const balancer = await withBlue();
    balancer.putRule(rule());
    balancer.putRule(rule());
    assert.throws(() => balancer.putRule(rule({ arn: "rule-2" })), {
      name: "PriorityInUse",
      message: /priority 1 of rule rule-2 is taken by rule rule-1/,
    });
  });

  const refusedRules: readonly [string, Partial<Rule>, RegExp][] = [
    ["priority 0", { priority: 0 }, /is 0; whole numbers 1-50000/],
    ["priority 50001", { priority: 50_001 }, /is 50001; whole numbers 1-50000/],
    ["no condition", { conditions: [] }, /has no condition/],
    ["an empty value", { conditions: [{ type: "path-pattern", values: [""] }] }, /empty value/],
    [
      "a header condition on Host",
      { conditions: [{ type: "http-header", name: "Host", values: ["a"] }] },
      /use a host-header condition/,
    ],
    [
      "a header name that is no token",
      { conditions: [{ type: "http-header", name: "x y", values: ["a"] }] },
      /header name is "x y"/,
    ],
    [
      "six values",
      { conditions: [{ type: "path-pattern", values: ["/1", "/2", "/3", "/4", "/5", "/6"] }] },
      /6 condition values; at most 5/,
    ],
  ];
  for (const [what, more, message] of refusedRules) {
    it(`a rule with ${what}`, async () => {
      const balancer = await withBlue();
      assert.throws(() => balancer.putRule(rule(more)), { name: "ValidationError", message });
    });
  }

  const refusedActions: readonly [string, Action, string, RegExp][] = [
    ["weight 1000", forwardTo({ blue: 1000 }), "ValidationError", /is 1000; whole numbers 0-999/],
    ["weight -1", forwardTo({ blue: -1 }), "ValidationError", /is -1/],
    ["weight 0.5", forwardTo({ blue: 0.5 }), "ValidationError", /is 0.5/],
    ["no group", forwardTo({}), "ValidationError", /0 target groups; 1-5/],
    [
      "six groups",
      forwardTo({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 }),
      "ValidationError",
      /6 target groups; 1-5/,
    ],
    [
      "stickiness over a week",
      forwardTo({ blue: 1 }, 604_801),
      "ValidationError",
      /is 604801; whole numbers 1-604800/,
    ],
    ["an unknown group", forwardTo({ red: 1 }), "TargetGroupNotFound", /target group red does not exist/],
    [
      "status 302 as a fixed response",
      { type: "fixed-response", statusCode: 302, contentType: "text/plain", body: "" },
      "ValidationError",
      /status 302/,
    ],
  ];
  for (const [what, action, name, message] of refusedActions) {
    it(`an action with ${what}, and nothing has changed`, async () => {
      const balancer = await withBlue();
      assert.throws(() => balancer.setDefaultAction(action), { name, message });
      assert.throws(() => balancer.putRule(rule({ action })), { name, message });
      balancer.deleteTargetGroup("blue");
    });
  }

  it("to delete a group that a rule or the default action names", async () => {
    const balancer = await withBlue();
    balancer.putRule(rule());
    assert.throws(() => balancer.deleteTargetGroup("blue"), { name: "ResourceInUse" });
    balancer.setDefaultAction(forwardTo({ blue: 0 }));
    balancer.deleteRule("rule-1");
    assert.throws(() => balancer.deleteTargetGroup("blue"), { name: "ResourceInUse" });
  });

  it("to speak of a group that does not exist", async () => {
    const balancer = await stage.balancer();
    const target = { id: "i-1", host: "127.0.0.1", port: 1 };
    assert.throws(() => balancer.registerTarget("red", target), { name: "TargetGroupNotFound" });
    assert.throws(() => balancer.counters("red"), { name: "TargetGroupNotFound" });
    assert.throws(() => balancer.describeTargetHealth("red"), { name: "TargetGroupNotFound" });
    await assert.rejects(balancer.deregisterTarget("red", "i-1"), { name: "TargetGroupNotFound" });
  });

  it("the same target at two addresses", async () => {
    const balancer = await withBlue();
    balancer.registerTarget("blue", { id: "i-1", host: "127.0.0.1", port: 1 });
    balancer.registerTarget("blue", { id: "i-1", host: "127.0.0.1", port: 1 });
    assert.throws(() => balancer.registerTarget("blue", { id: "i-1", host: "127.0.0.1", port: 2 }), {
      name: "ValidationError",
      message: /registered at 127.0.0.1:1, not at 127.0.0.1:2/,
    });
  });

  it("settings out of range", async () => {
    const balancer = await stage.balancer();
    assert.throws(() => balancer.setIdleTimeout(0), /is 0; whole numbers 1-4000/);
    assert.throws(() => balancer.putTargetGroup(groupSpec("a", { matcher: "x" })), /matcher is "x"/);
    assert.throws(() => balancer.putTargetGroup(groupSpec("a", { path: "healthz" })), /begins with "\/"/);
    assert.throws(() => balancer.putTargetGroup(groupSpec("a", { intervalSeconds: 0 })), /must be above 0/);
    assert.throws(
      () => balancer.putTargetGroup(groupSpec("a", { deregistrationDelaySeconds: 3601 })),
      /0-3600/,
    );
    await assert.rejects(stage.balancer({ timeScale: 0 }), /timeScale is 0/);
  });

  it("a port that is taken", async () => {
    const { port } = await stage.balancer();
    await assert.rejects(stage.balancer({ port }), { code: "EADDRINUSE" });
  });
});
