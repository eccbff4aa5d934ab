import assert from "node:assert/strict";
import { UNKNOWN_INPUT } from "../../../engine/values/plain-values";
import { closed, createSite, healthCheck, types } from "../site";
import { createNetwork, type Outs, type TestSimulator, withSimulator } from "../stack";

const forward = (targetGroups: unknown[], stickiness?: unknown) => ({
  actions: [{ type: "forward", forward: { targetGroups, stickiness } }],
  conditions: [{ pathPattern: { values: ["/*"] } }],
});

describe("simulator: rejected inputs", () => {
  const metricAlarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
  const unsupported = "is not supported by the simulator";
  const cases: [title: string, type: string, inputs: Outs, property: string, reason: string][] = [
    [
      "target group: rejects a name over 32 characters",
      types.targetGroup,
      { name: "a".repeat(33) },
      "name",
      "got 33",
    ],
    [
      "load balancer: rejects a name with an underscore",
      types.balancer,
      { name: "a_b" },
      "name",
      'got "a_b"',
    ],
    ["load balancer: rejects a single subnet", types.balancer, { subnets: ["subnet-1"] }, "subnets", "got 1"],
    [
      "listener rule: rejects a weight over 999",
      types.rule,
      forward([{ arn: "a", weight: 1000 }]),
      "actions[0].forward.targetGroups[0].weight",
      "must be a whole number from 0 to 999, got 1000.",
    ],
    [
      "listener rule: rejects six target groups",
      types.rule,
      forward(Array(6).fill({ arn: "a" })),
      "actions[0].forward.targetGroups",
      "must be 1 to 5 target groups, got 6.",
    ],
    [
      "listener rule: rejects stickiness over a week",
      types.rule,
      forward([{ arn: "a" }], { enabled: true, duration: 604_801 }),
      "actions[0].forward.stickiness.duration",
      "got 604801",
    ],
    [
      "listener rule: rejects a header value over 128 characters",
      types.rule,
      { conditions: [{ httpHeader: { httpHeaderName: "x", values: ["v".repeat(129)] } }] },
      "conditions[0].httpHeader.values",
      "got 129",
    ],
    [
      "listener rule: does not support source IPs",
      types.rule,
      { conditions: [{ sourceIp: { values: ["::/0"] } }] },
      "conditions[0].sourceIp",
      unsupported,
    ],
    ["listener: rejects TCP", types.listener, { protocol: "TCP" }, "protocol", 'got "TCP"'],
    [
      "listener: rejects HTTPS without a certificate",
      types.listener,
      { protocol: "HTTPS" },
      "certificateArn",
      "must be set",
    ],
    [
      "target group: rejects a health check timeout as long as the interval",
      types.targetGroup,
      { healthCheck: { interval: 5, timeout: 5 } },
      "healthCheck.timeout",
      "got 5 s",
    ],
    [
      "Auto Scaling group: rejects minSize above maxSize",
      types.group,
      { minSize: 3, maxSize: 2 },
      "minSize",
      "got 3",
    ],
    [
      "Auto Scaling group: rejects desiredCapacity above maxSize",
      types.group,
      { minSize: 1, maxSize: 2, desiredCapacity: 3 },
      "desiredCapacity",
      "got 3",
    ],
    [
      "Auto Scaling group: rejects a wait that is no duration",
      types.group,
      { waitForCapacityTimeout: "ten minutes" },
      "waitForCapacityTimeout",
      'got "ten minutes"',
    ],
    ["alarm: does not support other metrics", metricAlarm, { metricName: "CPU" }, "metricName", 'got "CPU"'],
    [
      "alarm: does not support other functions of metric math",
      metricAlarm,
      { metricQueries: [{ id: "x", expression: "ANOMALY_DETECTION_BAND(a, 2)" }] },
      "metricQueries[0].expression",
      `ANOMALY_DETECTION_BAND ${unsupported}`,
    ],
    [
      "VPC: rejects a range larger than /16",
      "aws:ec2/vpc:Vpc",
      { cidrBlock: "10.0.0.0/8" },
      "cidrBlock",
      "/8",
    ],
    [
      "VPC: rejects a range off its boundary",
      "aws:ec2/vpc:Vpc",
      { cidrBlock: "10.0.1.0/16" },
      "cidrBlock",
      "10.0.1.0",
    ],
    [
      "IAM role: rejects a policy that is not JSON",
      "aws:iam/role:Role",
      { assumeRolePolicy: "{" },
      "assumeRolePolicy",
      "must be JSON",
    ],
    [
      "random password: rejects length 0",
      "random:index/randomPassword:RandomPassword",
      { length: 0 },
      "length",
      "length must be a whole number from 1 to 4096, got 0.",
    ],
  ];
  for (const [title, type, inputs, property, reason] of cases) {
    it(title, async () => {
      await withSimulator(async (stack) => {
        const failures = await stack.checkFailures(type, inputs);
        const found = failures.find((each) => each.property === property);
        assert.ok(found?.reason.includes(reason), JSON.stringify(failures));
      });
    });
  }

  it("check: accepts values that are unknown until apply", async () => {
    await withSimulator(async (stack) => {
      const unknown = { subnets: UNKNOWN_INPUT, idleTimeout: UNKNOWN_INPUT, name: UNKNOWN_INPUT };
      assert.deepEqual(await stack.checkFailures(types.balancer, unknown), []);
      assert.deepEqual(
        await stack.checkFailures(types.rule, forward([{ arn: UNKNOWN_INPUT, weight: 1 }])),
        [],
      );
      const group = { minSize: UNKNOWN_INPUT, maxSize: 0, launchTemplate: { version: UNKNOWN_INPUT } };
      assert.deepEqual(await stack.checkFailures(types.group, group), []);
    });
  });

  it("provider: an unsupported resource type or data source names the file to add it to", async () => {
    await withSimulator(async (stack) => {
      await assert.rejects(
        stack.create("aws:sqs/queue:Queue", "q", {}),
        /aws:sqs\/queue:Queue is not supported by the simulator. Add it in simulator\/services\/, .* "sqs"/,
      );
      const asked = stack.provider("aws:").invoke?.("aws:sqs/getQueue:getQueue", {});
      await assert.rejects(asked ?? Promise.resolve(), /Data source aws:sqs\/getQueue:getQueue/);
    });
  });
});

describe("simulator: rejected changes", () => {
  async function withSite(
    work: (stack: TestSimulator, site: Awaited<ReturnType<typeof createSite>>) => Promise<void>,
  ) {
    await withSimulator(async (stack) => work(stack, await createSite(stack)));
  }

  it("listener rule: rejects a second rule with the same priority", async () => {
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

  it("target group: rejects deletion while a rule uses it", async () => {
    await withSite(async (stack, site) => {
      await assert.rejects(stack.delete(site.targetGroup), { message: /^ResourceInUse: / });
      await stack.delete(site.rule);
      await stack.delete(site.targetGroup);
      assert.equal(stack.simulator.resourceCounts()[types.targetGroup], undefined);
    });
  });

  it("target group: rejects a second load balancer", async () => {
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

  it("names: rejects a fixed name in use, as in a replacement before deletion", async () => {
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

  it("load balancer: rejects deletion while deletion protection is on", async () => {
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

  it("subnet: rejects ranges outside of the VPC or overlapping; the load balancer rejects one zone", async () => {
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

  it("listener: rejects a second listener of one protocol, and certificates that cannot serve", async () => {
    await withSite(async (stack, site) => {
      const loadBalancerArn = site.loadBalancer.id;
      const inputs = { loadBalancerArn, port: 8080, protocol: "HTTP", defaultActions: [closed] };
      await assert.rejects(stack.create(types.listener, "b", inputs), /at most one HTTP listener/);
      const secure = { ...inputs, port: 443, protocol: "HTTPS" };
      const missing = { ...secure, certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/none" };
      await assert.rejects(stack.create(types.listener, "c", missing), /CertificateNotFound/);
      const pending = await stack.create(types.certificate, "d", {
        domainName: "a.example",
        validationMethod: "DNS",
      });
      await assert.rejects(
        stack.create(types.listener, "e", { ...secure, certificateArn: pending.id }),
        /UnsupportedCertificate: .* pending validation/,
      );
    });
  });
});
