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
    ({ graph, declared } = await declare({}, { directory, project: "options" }));
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
    assert.equal(declared.of("ec2/securityGroup:SecurityGroup").length, 1);
  });
});
