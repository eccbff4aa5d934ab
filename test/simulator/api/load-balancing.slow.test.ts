import assert from "node:assert/strict";
import {
  AddTagsCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RemoveTagsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { createSite, healthCheck, types } from "../site";
import { clientSettings, type TestSimulator, withSimulator } from "../stack";

/** The site with a second target group, and a rule that shares the traffic between both. */
async function createShares(stack: TestSimulator) {
  const site = await createSite(stack);
  const green = await stack.create(types.targetGroup, "green", {
    port: 8080,
    protocol: "HTTP",
    vpcId: site.vpcId,
    deregistrationDelay: 30,
    healthCheck,
  });
  const action = (blueWeight: number, greenWeight: number) => ({
    type: "forward",
    forward: {
      targetGroups: [
        { arn: site.targetGroup.id, weight: blueWeight },
        { arn: green.id, weight: greenWeight },
      ],
      stickiness: { enabled: true, duration: 60 },
    },
  });
  const inputs = {
    listenerArn: site.listener.id,
    priority: 5,
    conditions: [{ httpHeader: { httpHeaderName: "x-share", values: ["yes"] } }],
    actions: [action(90, 10)],
    tags: { "changeover:serial": "3", owner: "team" },
  };
  const rule = await stack.create(types.rule, "production", inputs);
  return { site, green, inputs, rule, action };
}

describe("simulator: API of Elastic Load Balancing", () => {
  it("API: ModifyRule changes the running rule, and the data source, a read and the next update see it", async () => {
    await withSimulator(async (stack) => {
      const { site, green, inputs, rule, action } = await createShares(stack);
      const client = new ElasticLoadBalancingV2Client(clientSettings(stack.simulator));
      const targetGroups = [{ TargetGroupArn: green.id, Weight: 100 }];
      const { Rules: [modified] = [] } = await client.send(
        new ModifyRuleCommand({
          RuleArn: rule.id,
          Actions: [{ Type: "forward", ForwardConfig: { TargetGroups: targetGroups } }],
        }),
      );
      assert.deepEqual(modified?.Actions?.[0]?.ForwardConfig, {
        TargetGroups: targetGroups,
        TargetGroupStickinessConfig: { Enabled: false },
      });
      const { Rules = [] } = await client.send(new DescribeRulesCommand({ ListenerArn: site.listener.id }));
      assert.deepEqual(
        Rules.map(({ Priority, IsDefault }) => [Priority, IsDefault]),
        [
          ["5", false],
          ["10", false],
          ["default", true],
        ],
      );
      const { actions } = await stack.invoke("aws:lb/getListenerRule:getListenerRule", { arn: rule.id });
      const [{ forwards }] = actions as [{ forwards: { targetGroups: unknown }[] }];
      assert.deepEqual(forwards[0]?.targetGroups, [{ arn: green.id, weight: 100 }]);

      // Without a refresh, the state has the old weights: an update with other changes keeps the modified actions.
      assert.equal((await stack.diff(rule, inputs))?.changes, false);
      const tagged = await stack.update(rule, { ...inputs, tags: { "changeover:serial": "4" } });
      assert.deepEqual((tagged.outs.actions as { forward: unknown }[])[0]?.forward, {
        targetGroups: [{ arn: green.id, weight: 100 }],
      });
      // The state now has the modified weights, so the program's weights are a change.
      assert.equal((await stack.diff(rule, { ...inputs, tags: tagged.outs.tags }))?.changes, true);
      const back = await stack.update(rule, { ...inputs, tags: tagged.outs.tags });
      assert.deepEqual(back.outs.actions, [action(90, 10)]);
    });
  });

  it("API: a read brings modified weights and tags into the state", async () => {
    await withSimulator(async (stack) => {
      const { green, inputs, rule } = await createShares(stack);
      const client = new ElasticLoadBalancingV2Client(clientSettings(stack.simulator));
      const Actions = [{ Type: "forward" as const, TargetGroupArn: green.id }];
      await client.send(new ModifyRuleCommand({ RuleArn: rule.id, Actions }));
      const read = await stack.read(rule);
      assert.deepEqual(read?.actions, [
        { type: "forward", forward: { targetGroups: [{ arn: green.id, weight: 1 }] } },
      ]);
      assert.equal((await stack.diff(rule, inputs))?.changes, true);
    });
  });

  it("API: tags that are added outside the program survive its updates, and can be removed", async () => {
    await withSimulator(async (stack) => {
      const { inputs, rule } = await createShares(stack);
      const client = new ElasticLoadBalancingV2Client(clientSettings(stack.simulator));
      const tags = async () => {
        const found = await client.send(new DescribeTagsCommand({ ResourceArns: [rule.id] }));
        const all = found.TagDescriptions?.[0]?.Tags ?? [];
        return Object.fromEntries(all.map(({ Key, Value }) => [Key, Value]));
      };
      const add = (Key: string, Value: string) =>
        client.send(new AddTagsCommand({ ResourceArns: [rule.id], Tags: [{ Key, Value }] }));
      await add("changeover:at", "2026-01-01T00:00:00Z");
      await add("changeover:serial", "4");
      const updated = await stack.update(rule, { ...inputs, tags: { "changeover:serial": "3" } });
      const expected = { "changeover:serial": "4", "changeover:at": "2026-01-01T00:00:00Z" };
      assert.deepEqual(await tags(), expected);
      assert.deepEqual(updated.outs.tags, expected);
      await client.send(new RemoveTagsCommand({ ResourceArns: [rule.id], TagKeys: ["changeover:at"] }));
      assert.deepEqual(await tags(), { "changeover:serial": "4" });
      await assert.rejects(add("reason", "a".repeat(257)), { name: "ValidationError" });
      await assert.rejects(add("reason", "5 % <errors>"), { name: "ValidationError" });
      await assert.rejects(add("aws:reserved", "x"), { name: "ValidationError" });
    });
  });

  it("API: load balancers, target groups and listeners are found by ARN, name or tags", async () => {
    await withSimulator(async (stack) => {
      const { site } = await createShares(stack);
      const client = new ElasticLoadBalancingV2Client(clientSettings(stack.simulator));
      const { LoadBalancers } = await client.send(
        new DescribeLoadBalancersCommand({ LoadBalancerArns: [site.loadBalancer.id] }),
      );
      assert.equal(LoadBalancers?.[0]?.DNSName, site.loadBalancer.outs.dnsName);
      const { TargetGroups } = await client.send(
        new DescribeTargetGroupsCommand({ LoadBalancerArn: site.loadBalancer.id }),
      );
      assert.equal(TargetGroups?.length, 2);
      await client.send(
        new AddTagsCommand({ ResourceArns: [site.loadBalancer.id], Tags: [{ Key: "stack", Value: "shop" }] }),
      );
      const lookUp = (stackName: string) =>
        stack.invoke("aws:lb/getLbs:getLbs", { tags: { stack: stackName } });
      assert.deepEqual((await lookUp("shop")).arns, [site.loadBalancer.id]);
      assert.deepEqual((await lookUp("other")).arns, []);
      const found = await stack.invoke("aws:lb/getListener:getListener", {
        loadBalancerArn: site.loadBalancer.id,
        port: 80,
      });
      assert.equal(found.arn, site.listener.id);
    });
  });

  it("API: wrong requests are rejected with AWS's codes", async () => {
    await withSimulator(async (stack) => {
      const { green, rule } = await createShares(stack);
      const client = new ElasticLoadBalancingV2Client(clientSettings(stack.simulator));
      const modify = (RuleArn: string, TargetGroupArn: string, Weight = 1) =>
        client.send(
          new ModifyRuleCommand({
            RuleArn,
            Actions: [{ Type: "forward", ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight }] } }],
          }),
        );
      await assert.rejects(modify(`${rule.id}0`, green.id), { name: "RuleNotFoundException" });
      await assert.rejects(modify(rule.id, `${green.id}0`), { name: "TargetGroupNotFoundException" });
      await assert.rejects(modify(rule.id, green.id, 1000), { name: "ValidationError" });
      stack.simulator.denyAction("elasticloadbalancing:ModifyRule");
      await assert.rejects(modify(rule.id, green.id), {
        name: "AccessDenied",
        message: /not authorized to perform: elasticloadbalancing:ModifyRule/,
      });
      stack.simulator.allowAction("elasticloadbalancing:ModifyRule");
      await modify(rule.id, green.id);
    });
  });
});
