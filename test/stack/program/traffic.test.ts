import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { Declared } from "../../support/declared";
import { devUpdates, type Production, production } from "./stacks";

const RULE = "lb/listenerRule:ListenerRule";
const GROUP = "lb/targetGroup:TargetGroup";
const INVOCATION = "lambda/invocation:Invocation";

/** Weights and stickiness of the production rule. */
function productionOf(declared: Declared, name = "dev") {
  const [action] = declared.get(RULE, `${name}-edge-production`).inputs.actions;
  const weights = action.forward.targetGroups.map((group: { arn: string; weight: number }) => [
    group.arn.split("/").at(-1),
    group.weight,
  ]);
  return { weights: Object.fromEntries(weights), stickiness: action.forward.stickiness };
}

const gate = (declared: Declared, name: string) => JSON.parse(declared.get(INVOCATION, name).inputs.input);

describe("traffic of a stack", () => {
  let updates: Awaited<ReturnType<typeof devUpdates>>;
  let live: Production;
  before(async function () {
    this.timeout(180_000);
    updates = await devUpdates();
    live = await production();
  });

  it("traffic: the production rule lists only colors with traffic, without stickiness for one color", () => {
    const all = { enabled: false, duration: 300 };
    assert.deepEqual(productionOf(updates.first.declared), {
      weights: { "dev-web-blue": 100 },
      stickiness: all,
    });
    assert.deepEqual(productionOf(updates.deployed.declared), productionOf(updates.first.declared));
    assert.deepEqual(productionOf(updates.flipped.declared), {
      weights: { "dev-web-green": 100 },
      stickiness: all,
    });
    assert.deepEqual(productionOf(updates.contracted.declared), productionOf(updates.flipped.declared));
  });

  it("traffic: a canary splits the weights, with stickiness", () => {
    assert.deepEqual(productionOf(updates.toCanary.declared), {
      weights: { "dev-web-blue": 90, "dev-web-green": 10 },
      stickiness: { enabled: true, duration: 300 },
    });
  });

  it("traffic: the internal load balancer has test rules only", () => {
    const rules = live.declared.of(RULE).map(({ name, inputs }) => ({ name, listener: inputs.listenerArn }));
    const on = (end: string) =>
      rules
        .filter(({ listener }) => listener.endsWith(end))
        .map(({ name }) => name)
        .sort();
    const name = "records-prod-1";
    assert.deepEqual(on(`${name}-edge-https`), [
      `${name}-edge-production`,
      `${name}-web-blue`,
      `${name}-web-green`,
    ]);
    assert.deepEqual(on(`${name}-inner-http`), [`${name}-app-blue`, `${name}-app-green`]);
    assert.equal(rules.length, 5);
  });

  it("traffic: the production rule has a lower precedence than the test rules", () => {
    for (const { declared } of [updates.first, live]) {
      const priorities = declared.of(RULE).map(({ inputs }) => [inputs.listenerArn, inputs.priority]);
      assert.equal(new Set(priorities.map(String)).size, priorities.length, "two rules have one priority");
      const [productionRule, ...testRules] = declared
        .of(RULE)
        .sort((a, b) => b.inputs.priority - a.inputs.priority);
      assert.match(productionRule?.name ?? "", /-edge-production$/);
      assert.ok(testRules.every(({ inputs }) => inputs.priority < productionRule?.inputs.priority));
      assert.deepEqual(productionRule?.inputs.conditions, [{ pathPattern: { values: ["/*"] } }]);
    }
  });

  it("traffic: every color has a target group and a test rule, live, idle or retired", () => {
    for (const { declared } of [updates.first, updates.flipped, updates.retired, updates.contracted]) {
      for (const tier of ["web", "app"]) {
        for (const color of ["blue", "green"]) {
          const name = `dev-${tier}-${color}`;
          const { actions, conditions } = declared.get(RULE, name).inputs;
          assert.match(actions[0].targetGroupArn, new RegExp(`targetgroup/${name}$`));
          declared.get(GROUP, name);
          const [byColor, byToken, ...more] = conditions;
          assert.deepEqual(byColor, {
            httpHeader: { httpHeaderName: "x-changeover-color", values: [color] },
          });
          assert.deepEqual(more, []);
          if (tier === "app") assert.equal(byToken, undefined);
          else {
            const { httpHeaderName, values } = byToken.httpHeader;
            assert.equal(httpHeaderName, "x-changeover-token");
            // An ALB reads * and ? as wildcards and takes at most 128 characters.
            assert.equal(values.length, 1);
            assert.match(values[0], /^[A-Za-z0-9]{40,128}$/);
          }
        }
      }
    }
  });

  it("traffic: the gate check of a flip tests both tiers through the test rules", () => {
    const event = gate(updates.flipped.declared, "dev-gate-live");
    assert.deepEqual([event.color, event.version, event.sharePercent], ["green", "1.1.0", 100]);
    const [web, app] = event.tiers;
    assert.equal(event.tiers.length, 2);
    assert.match(web.targetGroupArn, /targetgroup\/dev-web-green$/);
    assert.match(web.otherTargetGroupArn, /targetgroup\/dev-web-blue$/);
    assert.deepEqual([web.tier, web.minHealthy, web.url], ["web", 2, "http://dev-edge.elb.example"]);
    assert.equal(web.headers["x-changeover-color"], "green");
    const [, byToken] = updates.flipped.declared.get(RULE, "dev-web-green").inputs.conditions;
    assert.equal(web.headers["x-changeover-token"], byToken.httpHeader.values[0]);
    assert.match(app.targetGroupArn, /targetgroup\/dev-app-green$/);
    assert.match(app.otherTargetGroupArn, /targetgroup\/dev-app-blue$/);
    assert.deepEqual([app.tier, app.minHealthy, app.url], ["app", 2, "http://dev-inner.elb.example"]);
    assert.deepEqual(app.headers, { "x-changeover-color": "green" });
    assert.ok(event.timeoutSeconds > 0 && event.pollSeconds > 0);
  });

  it("traffic: the gate check of a canary has its share, and that of HTTPS the server name", () => {
    const canary = gate(updates.toCanary.declared, "dev-gate-canary");
    assert.deepEqual([canary.color, canary.version, canary.sharePercent], ["green", "1.1.0", 10]);
    assert.equal(gate(updates.toCanary.declared, "dev-gate-live").color, "blue");
    const [web, app] = gate(live.declared, "records-prod-1-gate-live").tiers;
    assert.equal(web.url, "https://records-prod-1-edge.elb.example");
    assert.equal(web.serverName, "records.example.com");
    assert.deepEqual([web.minHealthy, app.minHealthy], [3, 2]);
    assert.equal(app.serverName, undefined);
  });
});
