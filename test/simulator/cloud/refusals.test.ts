import assert from "node:assert/strict";
import { UNKNOWN_INPUT } from "../../../engine/values/plain-values";
import { closed, createSite, healthCheck, types } from "./fleet";
import { createNetwork, type Outs, type TestSimulator, withSimulator } from "./support";

const forward = (targetGroups: unknown[], stickiness?: unknown) => ({
  actions: [{ type: "forward", forward: { targetGroups, stickiness } }],
  conditions: [{ pathPattern: { values: ["/*"] } }],
});

describe("what the one-machine cloud refuses while inputs are checked", () => {
  const cases: [string, string, Outs, RegExp][] = [
    [
      "a name over 32 characters",
      types.targetGroup,
      { name: "a".repeat(33) },
      /33 characters; AWS allows 32/,
    ],
    ["a name with an underscore", types.balancer, { name: "a_b" }, /name: "a_b"; AWS allows letters, digits/],
    [
      "one subnet",
      types.balancer,
      { subnets: ["subnet-1"] },
      /at least two, in different Availability Zones/,
    ],
    ["a weight over 999", types.rule, forward([{ arn: "a", weight: 1000 }]), /weight is 1000; .* 0 to 999/],
    ["six target groups", types.rule, forward(Array(6).fill({ arn: "a" })), /6 target groups .* 1 to 5/],
    [
      "stickiness over a week",
      types.rule,
      forward([{ arn: "a" }], { enabled: true, duration: 604_801 }),
      /duration is 604801; allowed are whole numbers from 1 to 604800/,
    ],
    [
      "a long header value",
      types.rule,
      { conditions: [{ httpHeader: { httpHeaderName: "x", values: ["v".repeat(129)] } }] },
      /conditions\[0\].httpHeader.values: a value of 129 characters; AWS allows 128/,
    ],
    [
      "a source IP",
      types.rule,
      { conditions: [{ sourceIp: { values: ["::/0"] } }] },
      /sourceIp is not evaluated/,
    ],
    ["HTTPS", types.listener, { protocol: "HTTPS" }, /protocol is HTTPS; .* speaks plain HTTP only/],
    [
      "a late health check",
      types.targetGroup,
      { healthCheck: { interval: 5, timeout: 5 } },
      /must be shorter/,
    ],
    ["min above max", types.group, { minSize: 3, maxSize: 2 }, /minSize: 3 is more than maxSize, 2/],
    [
      "desired above max",
      types.group,
      { minSize: 1, maxSize: 2, desiredCapacity: 3 },
      /desiredCapacity: 3; it must be/,
    ],
    ["a strange wait", types.group, { waitForCapacityTimeout: "ten minutes" }, /is no duration such as 10m/],
    [
      "an alarm on another metric",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      { metricName: "CPU" },
      /metricName is "CPU"/,
    ],
    [
      "an expression it cannot evaluate",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      { metricQueries: [{ id: "x", expression: "ANOMALY_DETECTION_BAND(a, 2)" }] },
      /ANOMALY_DETECTION_BAND; the one-machine cloud evaluates FILL, IF/,
    ],
    [
      "a large VPC",
      "aws:ec2/vpc:Vpc",
      { cidrBlock: "10.0.0.0/8" },
      /AWS allows an IPv4 range from \/16 to \/28/,
    ],
    ["a range off its boundary", "aws:ec2/vpc:Vpc", { cidrBlock: "10.0.1.0/16" }, /on its own boundary/],
    ["a policy that is no JSON", "aws:iam/role:Role", { assumeRolePolicy: "{" }, /the policy is not JSON/],
    [
      "a password of no characters",
      "random:index/randomPassword:RandomPassword",
      { length: 0 },
      /length is 0/,
    ],
  ];
  for (const [what, type, inputs, expected] of cases) {
    it(what, async () => {
      await withSimulator(async (stack) => {
        assert.match((await stack.refusals(type, inputs)).join("\n"), expected);
      });
    });
  }

  it("nothing that is not known yet", async () => {
    await withSimulator(async (stack) => {
      const unknown = { subnets: UNKNOWN_INPUT, idleTimeout: UNKNOWN_INPUT, name: UNKNOWN_INPUT };
      assert.deepEqual(await stack.refusals(types.balancer, unknown), []);
      assert.deepEqual(await stack.refusals(types.rule, forward([{ arn: UNKNOWN_INPUT, weight: 1 }])), []);
      const group = { minSize: UNKNOWN_INPUT, maxSize: 0, launchTemplate: { version: UNKNOWN_INPUT } };
      assert.deepEqual(await stack.refusals(types.group, group), []);
    });
  });

  it("a resource type or data source that it does not know, with the place to add it", async () => {
    await withSimulator(async (stack) => {
      await assert.rejects(
        stack.create("aws:sqs/queue:Queue", "q", {}),
        /no resource type aws:sqs\/queue:Queue: add it in rehearsal\/cloud\/services\/, in the file of service "sqs"/,
      );
      const asked = stack.provider("aws:").invoke?.("aws:sqs/getQueue:getQueue", {});
      await assert.rejects(asked ?? Promise.resolve(), /no data source aws:sqs\/getQueue:getQueue/);
    });
  });
});

describe("what the one-machine cloud refuses because of what exists", () => {
  async function withSite(
    work: (stack: TestSimulator, site: Awaited<ReturnType<typeof createSite>>) => Promise<void>,
  ) {
    await withSimulator(async (stack) => work(stack, await createSite(stack)));
  }

  it("a second rule with the same priority", async () => {
    await withSite(async (stack, site) => {
      const inputs = { listenerArn: site.listener.id, ...forward([{ arn: site.targetGroup.id }]) };
      await assert.rejects(stack.create(types.rule, "b", { ...inputs, priority: 10 }), {
        message: /^PriorityInUse: /,
      });
      const other = await stack.create(types.rule, "c", inputs);
      assert.equal(other.outs.priority, 11);
      await assert.rejects(stack.update(other, { ...inputs, priority: 10 }), { message: /^PriorityInUse: / });
    });
  });

  it("deleting a target group that a rule names, and allows it afterwards", async () => {
    await withSite(async (stack, site) => {
      await assert.rejects(stack.delete(site.targetGroup), { message: /^ResourceInUse: / });
      await stack.delete(site.rule);
      await stack.delete(site.targetGroup);
      assert.equal(stack.simulator.resourceCounts()[types.targetGroup], undefined);
    });
  });

  it("a target group behind two load balancers", async () => {
    await withSite(async (stack, site) => {
      const inner = await stack.create(types.balancer, "inner", { subnets: site.subnets, internal: true });
      const listener = { loadBalancerArn: inner.id, port: 80, protocol: "HTTP", defaultActions: [closed] };
      const { id } = await stack.create(types.listener, "inner", listener);
      const inputs = { listenerArn: id, priority: 1, ...forward([{ arn: site.targetGroup.id }]) };
      await assert.rejects(stack.create(types.rule, "two", inputs), {
        message: /^TargetGroupAssociationLimit: /,
      });
      await stack.delete(site.rule);
      await stack.create(types.rule, "two", inputs);
    });
  });

  it("the same fixed name twice, as a replacement before the deletion would", async () => {
    await withSite(async (stack, site) => {
      const group = { name: "fixed", port: 80, protocol: "HTTP", vpcId: site.vpcId, healthCheck };
      await stack.create(types.targetGroup, "a", group);
      await assert.rejects(
        stack.create(types.targetGroup, "b", group),
        /DuplicateTargetGroupName: .*'fixed'/,
      );
      const balancer = { name: "fixed", subnets: site.subnets };
      await stack.create(types.balancer, "a", balancer);
      await assert.rejects(stack.create(types.balancer, "b", balancer), /DuplicateLoadBalancerName/);
      const role = { name: "fixed", assumeRolePolicy: '{"Statement":[]}' };
      await stack.create("aws:iam/role:Role", "a", role);
      await assert.rejects(stack.create("aws:iam/role:Role", "b", role), /EntityAlreadyExists/);
      const secret = await stack.create("aws:secretsmanager/secret:Secret", "a", { name: "fixed" });
      await stack.delete(secret);
      await assert.rejects(
        stack.create("aws:secretsmanager/secret:Secret", "b", { name: "fixed" }),
        /already scheduled for deletion/,
      );
    });
  });

  it("deleting a protected load balancer", async () => {
    await withSite(async (stack, site) => {
      const guarded = await stack.update(site.loadBalancer, {
        ...site.loadBalancer.inputs,
        enableDeletionProtection: true,
      });
      await assert.rejects(stack.delete(guarded), /OperationNotPermitted: .*deletion protection is enabled/);
      await stack.delete(await stack.update(guarded, site.loadBalancer.inputs));
      await assert.rejects(fetch(site.url));
    });
  });

  it("subnets outside the VPC, overlapping, or in one zone", async () => {
    await withSimulator(async (stack) => {
      const { vpcId } = await createNetwork(stack);
      const subnet = (cidrBlock: string) =>
        stack.create("aws:ec2/subnet:Subnet", "s", { vpcId, cidrBlock, availabilityZone: "eu-central-1a" });
      await assert.rejects(subnet("10.1.0.0/24"), /InvalidSubnet.Range/);
      await assert.rejects(subnet("10.0.0.128/25"), /InvalidSubnet.Conflict/);
      const one = [(await subnet("10.0.8.0/24")).id, (await subnet("10.0.9.0/24")).id];
      await assert.rejects(
        stack.create(types.balancer, "b", { subnets: one }),
        /in 1 Availability Zone\(s\)/,
      );
    });
  });

  it("a second listener that serves, while one that redirects is welcome", async () => {
    await withSite(async (stack, site) => {
      const inputs = {
        loadBalancerArn: site.loadBalancer.id,
        port: 8080,
        protocol: "HTTP",
        defaultActions: [closed],
      };
      await assert.rejects(
        stack.create(types.listener, "b", inputs),
        /has a listener that serves users already/,
      );
      const redirect = {
        type: "redirect",
        redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" },
      };
      const other = await stack.create(types.listener, "c", { ...inputs, defaultActions: [redirect] });
      const rule = { listenerArn: other.id, priority: 1, ...forward([{ arn: site.targetGroup.id }]) };
      await assert.rejects(stack.create(types.rule, "d", rule), /only redirects, so it is not served/);
      await stack.delete(other);
    });
  });
});
