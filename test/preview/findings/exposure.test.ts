import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GraphResource } from "../../../engine/program/graph";
import { UNKNOWN } from "../../../engine/values/values";
import { compareGraphs } from "../../../preview/compare/comparison";
import { toText } from "../../../preview/report/text";
import {
  findingOn,
  graph,
  renamed,
  reportOn,
  resource,
  severityAndSummary,
  severityOf,
  wholeReport,
} from "./graphs";

describe("finding exposure:", () => {
  const ports = { fromPort: 443, toPort: 443 };

  it("warning when a rule, a policy or half of the internet is newly allowed", () => {
    const rule = (cidrIpv4: string) =>
      graph(
        resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in", {
          ...{ cidrIpv4, ipProtocol: "tcp", fromPort: 5432, toPort: 5432 },
        }),
      );
    const [open, closed] = [rule("0.0.0.0/0"), rule("10.0.0.0/8")];
    assert.deepEqual(severityAndSummary("exposure", closed, open), [
      "warning",
      "Newly open to the internet: in (tcp 5432 from 0.0.0.0/0).",
    ]);
    assert.equal(severityOf("exposure", open, open), "none");
    assert.deepEqual(findingOn("exposure", open, closed)?.details, [
      "no longer: in (tcp 5432 from 0.0.0.0/0)",
    ]);
    const policy = (Principal: string) =>
      graph(
        resource("aws:s3/bucketPolicy:BucketPolicy", "p", {
          policy: JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:GetObject", Principal } }),
        }),
      );
    assert.deepEqual(findingOn("exposure", graph(), policy("*"))?.details, [
      "p (a policy that allows s3:GetObject to any principal)",
    ]);
    assert.equal(severityOf("exposure", graph(), policy("me")), "none");
    const blocks = (cidrBlocks: string[]) =>
      graph(
        resource("aws:ec2/securityGroupRule:SecurityGroupRule", "in", {
          ...{ type: "ingress", protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks },
        }),
      );
    const halves = findingOn("exposure", blocks(["10.0.0.0/8"]), blocks(["0.0.0.0/1", "128.0.0.0/1"]));
    assert.deepEqual(halves?.details, ["in (tcp 22 from 0.0.0.0/1)", "in (tcp 22 from 128.0.0.0/1)"]);
  });

  const group = (name: string, protocol: string | undefined) => {
    const ingress = protocol === undefined ? [] : [{ ...ports, protocol, cidrBlocks: ["0.0.0.0/0"] }];
    return resource("aws:ec2/securityGroup:SecurityGroup", name, { ingress });
  };
  const rule = (name: string, to = "web") =>
    resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", name, {
      ...{ ...ports, securityGroupId: `<SecurityGroup:${to}.id>`, ipProtocol: "tcp", cidrIpv4: "0.0.0.0/0" },
    });

  it("none when the same access has another name, spelling or place", () => {
    const inline = graph(group("web", "TCP"));
    const edge = renamed(group("web", "tcp"), "edge");
    assert.equal(severityOf("exposure", inline, graph(edge)), "none");
    assert.equal(severityOf("exposure", inline, graph(group("edge", "tcp"))), "warning", "without an alias");
    const beside = graph(group("web", undefined), rule("https"));
    assert.equal(severityOf("exposure", inline, beside), "none");
    assert.equal(severityOf("exposure", beside, inline), "none");
    assert.equal(severityOf("exposure", beside, graph(group("web", undefined), rule("tls"))), "none");
    const other = graph(group("web", undefined), group("db", undefined), rule("https"), rule("more", "db"));
    assert.deepEqual(findingOn("exposure", beside, other)?.details, ["more (tcp 443 from 0.0.0.0/0)"]);
  });

  it("none when a group moves into a component, warning when two groups cannot be told apart", () => {
    const urn = "urn:pulumi:dev::p::a:b:C$aws:ec2/securityGroup:SecurityGroup::web";
    const beside = graph(group("web", undefined), rule("https"));
    const moved = graph({ ...group("web", undefined), urn }, rule("https"));
    assert.equal(severityOf("exposure", beside, moved), "none");
    const twin = { ...group("web", undefined), urn };
    const both = (...rules: GraphResource[]) => graph(group("web", undefined), twin, ...rules);
    assert.equal(severityOf("exposure", both(rule("one")), both(rule("one"), rule("two"))), "warning");
  });

  it("warning when an input that decides is unknown until apply", () => {
    const policy = graph(resource("aws:s3/bucketPolicy:BucketPolicy", "policy", { policy: UNKNOWN }));
    const [severity, summary] = severityAndSummary("exposure", policy, policy);
    assert.equal(severity, "warning");
    assert.match(summary ?? "", /the access to policy is unknown/);
    const balancer = graph(resource("aws:lb/loadBalancer:LoadBalancer", "edge", { internal: UNKNOWN }));
    assert.match(findingOn("exposure", balancer, balancer)?.summary ?? "", /the access to edge is unknown/);
    const report = reportOn(compareGraphs(policy, policy));
    assert.deepEqual([report.outcome, report.complete], ["same", false]);
    assert.match(report.notes.join(), /^Inputs of policy are unknown until apply/);
    for (const notes of [report.notes, []])
      assert.match(
        toText(wholeReport({ ...report, notes })),
        /No changes, as far as a preview without AWS can tell\./,
      );
  });

  it("warning when another cloud or a component plugin may open something", () => {
    const service = (size: number, more = {}) =>
      graph({ ...resource("gcp:cloudrun:Service", "site", { size }), ...more });
    const [severity, summary] = severityAndSummary("exposure", graph(), service(1));
    assert.equal(severity, "warning");
    assert.match(summary ?? "", /gcp/);
    assert.equal(severityOf("exposure", service(1), graph()), "none");
    const plugin = (size: number) => service(size, { type: "awsx:lb:Balancer", custom: false, remote: true });
    assert.match(findingOn("exposure", plugin(1), plugin(2))?.summary ?? "", /awsx/);
    const component = (size: number) => service(size, { custom: false });
    assert.equal(severityOf("exposure", component(1), component(2)), "none");
  });
});
