import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import type { Graph } from "../../../engine/program/graph";
import type { Declared } from "../../support/declared";
import { declare } from "../../support/stack";

describe("args that few teams need", () => {
  let graph: Graph;
  let declared: Declared;
  before(async function () {
    this.timeout(60_000);
    const directory = join(__dirname, "fixtures/options");
    const config = { "aws:defaultTags": { tags: { owner: "shop", Name: "default" } } };
    ({ graph, declared } = await declare(config, { directory, project: "options" }));
  });

  const rangesOf = (name: string) =>
    declared
      .of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter((rule) => rule.name.startsWith(`${name}-lb`))
      .map(({ inputs }) => [inputs.cidrIpv4 ?? inputs.cidrIpv6, inputs.fromPort]);

  it("access log bucket: lets load balancers of the account write, with and without a prefix", () => {
    const policy = JSON.parse(declared.get("s3/bucketPolicy:BucketPolicy", "shop-access-logs").inputs.policy);
    const [write, insecure] = policy.Statement;
    assert.deepEqual(write.Principal, { Service: "logdelivery.elasticloadbalancing.amazonaws.com" });
    assert.deepEqual(write.Resource, [
      "arn:aws:s3:::shop-access-logs/AWSLogs/123456789012/*",
      "arn:aws:s3:::shop-access-logs/*/AWSLogs/123456789012/*",
    ]);
    assert.deepEqual([insecure.Effect, insecure.Principal], ["Deny", "*"]);
    const [rule] = declared.get(
      "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "shop-access-logs",
    ).inputs.rules;
    assert.equal(rule.expiration.days, 30);
  });

  it("load balancer: writes access logs only to a bucket that has its policy", () => {
    const balancer = declared.get("lb/loadBalancer:LoadBalancer", "edge");
    assert.equal(balancer.inputs.accessLogs.prefix, "shop/edge");
    declared.assertChain(declared.get("s3/bucketPolicy:BucketPolicy", "shop-access-logs"), balancer);
  });

  it("load balancer: with dualstack admits IPv6 clients and has an alias for them", () => {
    assert.equal(declared.get("lb/loadBalancer:LoadBalancer", "edge").inputs.ipAddressType, "dualstack");
    assert.deepEqual(rangesOf("edge"), [
      ["0.0.0.0/0", 443],
      ["0.0.0.0/0", 80],
      ["::/0", 443],
      ["::/0", 80],
    ]);
    const types = declared.of("route53/record:Record").map(({ inputs }) => inputs.type);
    assert.deepEqual(types, ["A", "AAAA"]);
    assert.equal(graph.outputs.zoneId, "Z215JYRZR1TBD5");
  });

  it("load balancer: has a web ACL, a security policy and further certificates", () => {
    const { webAclArn } = declared.get("wafv2/webAclAssociation:WebAclAssociation", "edge").inputs;
    assert.match(webAclArn, /webacl\/shop/);
    const { sslPolicy } = declared.get("lb/listener:Listener", "edge-https").inputs;
    assert.equal(sslPolicy, "ELBSecurityPolicy-TLS13-1-3-2021-06");
    const further = declared.get("lb/listenerCertificate:ListenerCertificate", "edge-https-second").inputs;
    assert.match(further.certificateArn, /certificate\/second/);
  });

  it("load balancer: creates no security group beside given ones, and fleets admit the first", () => {
    const { securityGroups } = declared.get("lb/loadBalancer:LoadBalancer", "inner").inputs;
    assert.deepEqual(securityGroups, ["sg-7", "sg-8"]);
    assert.equal(graph.outputs.innerGroup, "sg-7");
    assert.deepEqual(rangesOf("inner"), []);
    const groups = declared.of("ec2/securityGroup:SecurityGroup").map(({ name }) => name);
    assert.deepEqual(
      groups.filter((name) => /edge|inner/.test(name)),
      ["edge-lb"],
    );
  });

  it("network: with ipv6 gives each public subnet a range and a route", () => {
    const ranges = ["public-1", "public-2", "private-1"].map(
      (suffix) => declared.get("ec2/subnet:Subnet", `shop-${suffix}`).inputs.ipv6CidrBlock,
    );
    assert.deepEqual(ranges, ["2001:db8:0:aa00::/64", "2001:db8:0:aa01::/64", undefined]);
    const { destinationIpv6CidrBlock } = declared.get("ec2/route:Route", "shop-public-internet-ipv6").inputs;
    assert.equal(destinationIpv6CidrBlock, "::/0");
  });

  it("network: has the addresses of its NAT gateways and its route tables as outputs", () => {
    assert.deepEqual(graph.outputs.natAddresses, ["203.0.113.1", "203.0.113.1"]);
    const { public: open, private: inner } = graph.outputs.routeTables as Record<string, string[]>;
    assert.deepEqual([open?.length, inner?.length], [1, 2]);
  });

  it("roles: have the permissions boundary", () => {
    for (const role of ["shop-gate", "orders-of-the-international-shop"])
      assert.match(declared.get("iam/role:Role", role).inputs.permissionsBoundary, /policy\/boundary$/);
    declared.get("iam/rolePolicyAttachment:RolePolicyAttachment", "orders-of-the-international-shop-orders");
  });

  it("database: has its key, its parameters and Performance Insights", () => {
    const { kmsKeyId, performanceInsightsEnabled } = declared.get("rds/instance:Instance", "shop").inputs;
    assert.match(kmsKeyId, /key\/1a2b3c4d$/);
    assert.equal(performanceInsightsEnabled, true);
    const { parameters } = declared.get("rds/parameterGroup:ParameterGroup", "shop").inputs;
    assert.deepEqual(parameters[1], {
      name: "log_min_duration_statement",
      value: "500",
      applyMethod: "pending-reboot",
    });
  });

  it("fleet: a name that is too long for a target group is shortened with a hash of it", () => {
    const names = declared
      .of("lb/targetGroup:TargetGroup")
      .map(({ name }) => name)
      .filter((name) => name.startsWith("orders"));
    assert.equal(names.length, 2);
    for (const name of names) assert.match(name, /^orders-of-t?-?h?[a-z]*-[0-9a-f]{6}-(blue|green)$/);
    assert.ok(names.every(({ length }) => length <= 32 - 8));
  });

  it("fleet: gRPC has its own health check codes, and a range is passed on", () => {
    const of = (name: string) =>
      declared.of("lb/targetGroup:TargetGroup").find((group) => group.name.startsWith(name))?.inputs;
    const grpc = of("orders");
    assert.deepEqual([grpc?.protocolVersion, grpc?.healthCheck.matcher, grpc?.slowStart], ["GRPC", "0", 60]);
    const plain = of("own");
    assert.deepEqual([plain?.protocolVersion, plain?.healthCheck.matcher], [undefined, "200-299"]);
  });

  it("fleet: uses given security groups and a given instance profile, and creates none", () => {
    const template = declared.get("ec2/launchTemplate:LaunchTemplate", "mixed-1.0.0").inputs;
    assert.deepEqual(template.vpcSecurityGroupIds, ["sg-3", "sg-4"]);
    assert.match(template.iamInstanceProfile.arn, /instance-profile\/ours$/);
    const admitted = declared.get(
      "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "own-to-database",
    ).inputs;
    assert.equal(admitted.referencedSecurityGroupId, "sg-3");
    assert.ok(!declared.of("iam/role:Role").some(({ name }) => name === "own"));
  });

  it("fleet color: a mixed group names its types and the version of its launch template", () => {
    const { launchTemplate, mixedInstancesPolicy, capacityRebalance, maxInstanceLifetime } = declared.get(
      "autoscaling/group:Group",
      "mixed",
    ).inputs;
    assert.equal(launchTemplate, undefined);
    assert.equal(mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.version, "1");
    assert.deepEqual(mixedInstancesPolicy.launchTemplate.overrides, [
      { instanceType: "m7i.large" },
      { instanceType: "m7a.large" },
    ]);
    const { onDemandBaseCapacity, onDemandPercentageAboveBaseCapacity } =
      mixedInstancesPolicy.instancesDistribution;
    assert.deepEqual([onDemandBaseCapacity, onDemandPercentageAboveBaseCapacity], [2, 25]);
    assert.deepEqual([capacityRebalance, maxInstanceLifetime], [true, 604_800]);
  });

  it("fleet color: the disk has the image's device and the given key", () => {
    const [disk] = declared.get("ec2/launchTemplate:LaunchTemplate", "mixed-1.0.0").inputs
      .blockDeviceMappings;
    assert.equal(disk.deviceName, "/dev/sda1");
    assert.match(disk.ebs.kmsKeyId, /key\/1a2b3c4d$/);
  });

  it("fleet color: the default image is that of the type's processor", () => {
    const { imageId } = declared.get("ec2/launchTemplate:LaunchTemplate", "fixed-1.0.0").inputs;
    assert.match(imageId, /-x86_64$/);
  });

  it("fleet color: default tags of the provider reach instances and disks, and own tags override them", () => {
    const { tagSpecifications } = declared.get("ec2/launchTemplate:LaunchTemplate", "fixed-1.0.0").inputs;
    for (const { tags } of tagSpecifications) assert.deepEqual([tags.owner, tags.Name], ["shop", "fixed"]);
  });

  it("fleet color: steps add and remove instances by alarms", () => {
    const added = declared.get("autoscaling/policy:Policy", "mixed-add").inputs.stepAdjustments;
    assert.deepEqual(added, [
      { scalingAdjustment: 1, metricIntervalLowerBound: "0", metricIntervalUpperBound: "25" },
      { scalingAdjustment: 4, metricIntervalLowerBound: "25" },
    ]);
    const removed = declared.get("autoscaling/policy:Policy", "mixed-remove").inputs.stepAdjustments;
    assert.deepEqual(removed, [{ scalingAdjustment: -1, metricIntervalUpperBound: "0" }]);
    const alarm = declared.get("cloudwatch/metricAlarm:MetricAlarm", "mixed-add").inputs;
    assert.deepEqual([alarm.threshold, alarm.comparisonOperator], [60, "GreaterThanThreshold"]);
  });

  it("fleet color: without scaling has no policy, and schedules change its limits", () => {
    const policies = declared.of("autoscaling/policy:Policy").map(({ name }) => name);
    assert.ok(!policies.some((name) => name.startsWith("fixed")));
    const sizes = ["morning", "evening"].map((schedule) => {
      const { inputs } = declared.get("autoscaling/schedule:Schedule", `fixed-${schedule}`);
      return [inputs.minSize, inputs.maxSize, inputs.desiredCapacity, inputs.timeZone];
    });
    assert.deepEqual(sizes, [
      [6, -1, -1, "Europe/Berlin"],
      [2, 4, -1, undefined],
    ]);
  });
});
