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

describe("simulator: load balancer, validation", () => {
  const stage = useStage();

  async function withBlue() {
    const balancer = await stage.balancer();
    balancer.putTargetGroup(groupSpec("blue"));
    return balancer;
  }

  it("load balancer: rejects a second rule of the same priority", async () => {
    const balancer = await withBlue();
    balancer.putRule(rule());
    balancer.putRule(rule());
    assert.throws(() => balancer.putRule(rule({ arn: "rule-2" })), {
      name: "PriorityInUse",
      message: /^Priority 1 of rule rule-2 .* rule rule-1/,
    });
  });

  const rejectedRules: readonly [string, Partial<Rule>, RegExp][] = [
    [
      "priority 0",
      { priority: 0 },
      /^priority of rule rule-1 must be a whole number from 1 to 50000, got 0.$/,
    ],
    ["priority 50001", { priority: 50_001 }, /got 50001/],
    ["no condition", { conditions: [] }, /must have a condition/],
    [
      "an empty value",
      { conditions: [{ type: "path-pattern", values: [""] }] },
      /path-pattern .* must not be empty/,
    ],
    [
      "a header condition on Host",
      { conditions: [{ type: "http-header", name: "Host", values: ["a"] }] },
      /http-header .* Host/,
    ],
    [
      "a header name that is no token",
      { conditions: [{ type: "http-header", name: "x y", values: ["a"] }] },
      /header name .* got "x y"/,
    ],
    [
      "six values",
      { conditions: [{ type: "path-pattern", values: ["/1", "/2", "/3", "/4", "/5", "/6"] }] },
      /at most 5, got 6/,
    ],
  ];
  for (const [what, more, message] of rejectedRules) {
    it(`load balancer: rejects a rule with ${what}`, async () => {
      const balancer = await withBlue();
      assert.throws(() => balancer.putRule(rule(more)), { name: "ValidationError", message });
    });
  }

  const rejectedActions: readonly [string, Action, string, RegExp][] = [
    ["weight 1000", forwardTo({ blue: 1000 }), "ValidationError", /weight .* 0 to 999, got 1000/],
    ["weight -1", forwardTo({ blue: -1 }), "ValidationError", /got -1/],
    ["weight 0.5", forwardTo({ blue: 0.5 }), "ValidationError", /got 0.5/],
    ["no group", forwardTo({}), "ValidationError", /1 to 5, got 0/],
    ["six groups", forwardTo({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 }), "ValidationError", /1 to 5, got 6/],
    [
      "stickiness over a week",
      forwardTo({ blue: 1 }, 604_801),
      "ValidationError",
      /stickySeconds .* 1 to 604800, got 604801/,
    ],
    ["an unknown group", forwardTo({ red: 1 }), "TargetGroupNotFound", /Target group red/],
    [
      "status 302 as a fixed response",
      { type: "fixed-response", statusCode: 302, contentType: "text/plain", body: "" },
      "ValidationError",
      /statusCode .* got 302/,
    ],
  ];
  for (const [what, action, name, message] of rejectedActions) {
    it(`load balancer: rejects an action with ${what} without a change`, async () => {
      const balancer = await withBlue();
      assert.throws(() => balancer.setDefaultAction(action), { name, message });
      assert.throws(() => balancer.putRule(rule({ action })), { name, message });
      balancer.deleteTargetGroup("blue");
    });
  }

  it("load balancer: rejects the deletion of a target group in use", async () => {
    const balancer = await withBlue();
    balancer.putRule(rule());
    assert.throws(() => balancer.deleteTargetGroup("blue"), { name: "ResourceInUse" });
    balancer.setDefaultAction(forwardTo({ blue: 0 }));
    balancer.deleteRule("rule-1");
    assert.throws(() => balancer.deleteTargetGroup("blue"), { name: "ResourceInUse" });
  });

  it("load balancer: rejects a target group that does not exist", async () => {
    const balancer = await stage.balancer();
    const target = { id: "i-1", host: "127.0.0.1", port: 1 };
    assert.throws(() => balancer.registerTarget("red", target), { name: "TargetGroupNotFound" });
    assert.throws(() => balancer.counters("red"), { name: "TargetGroupNotFound" });
    assert.throws(() => balancer.describeTargetHealth("red"), { name: "TargetGroupNotFound" });
    await assert.rejects(balancer.deregisterTarget("red", "i-1"), { name: "TargetGroupNotFound" });
  });

  it("load balancer: rejects a target at a second address", async () => {
    const balancer = await withBlue();
    balancer.registerTarget("blue", { id: "i-1", host: "127.0.0.1", port: 1 });
    balancer.registerTarget("blue", { id: "i-1", host: "127.0.0.1", port: 1 });
    assert.throws(() => balancer.registerTarget("blue", { id: "i-1", host: "127.0.0.1", port: 2 }), {
      name: "ValidationError",
      message: /registered at 127.0.0.1:1, got 127.0.0.1:2/,
    });
  });

  it("load balancer: rejects settings out of range", async () => {
    const balancer = await stage.balancer();
    assert.throws(() => balancer.setIdleTimeout(0), /idleTimeoutSeconds .* 1 to 4000, got 0/);
    assert.throws(() => balancer.putTargetGroup(groupSpec("a", { matcher: "x" })), /matcher .* got "x"/);
    assert.throws(
      () => balancer.putTargetGroup(groupSpec("a", { path: "healthz" })),
      /path .* got "healthz"/,
    );
    assert.throws(
      () => balancer.putTargetGroup(groupSpec("a", { intervalSeconds: 0 })),
      /intervalSeconds .* above 0, got 0/,
    );
    assert.throws(
      () => balancer.putTargetGroup(groupSpec("a", { deregistrationDelaySeconds: 3601 })),
      /deregistrationDelaySeconds .* 0 to 3600, got 3601/,
    );
    await assert.rejects(stage.balancer({ timeScale: 0 }), /timeScale .* got 0/);
  });

  it("load balancer: rejects a port in use", async () => {
    const { port } = await stage.balancer();
    await assert.rejects(stage.balancer({ port }), { code: "EADDRINUSE" });
  });
});
