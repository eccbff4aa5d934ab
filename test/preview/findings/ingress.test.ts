import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph, GraphResource } from "../../../engine/program/graph";
import { type Properties, Secret, UNKNOWN } from "../../../engine/values/values";
import { findingOn, graph, resource } from "./graphs";

describe("finding ingress:", () => {
  const GROUP = "<SecurityGroup:edge.id>";
  const balancer = (inputs: Properties = {}) =>
    resource("aws:lb/loadBalancer:LoadBalancer", "edge", { securityGroups: [GROUP], ...inputs });
  const group = (inputs: Properties = {}) => resource("aws:ec2/securityGroup:SecurityGroup", "edge", inputs);
  const listener = (port: number, protocol: string, more: Properties = {}, name = `edge-${port}`) =>
    resource("aws:lb/listener:Listener", name, {
      ...{ loadBalancerArn: "<LoadBalancer:edge.arn>", port, protocol },
      ...{ defaultActions: [{ type: "forward", targetGroupArn: "<TargetGroup:web.arn>" }], ...more },
    });
  const toHttps = { defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443" } }] };
  const allows = (port: number, source: Properties = { cidrIpv4: "0.0.0.0/0" }) =>
    resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", `in-${port}`, {
      ...{ securityGroupId: GROUP, ipProtocol: "tcp", fromPort: port, toPort: port, ...source },
    });
  const both = [listener(80, "HTTP", toHttps), listener(443, "HTTPS")];
  const edge = (...resources: GraphResource[]) => graph(balancer(), group(), ...resources);
  const finding = (base: Graph, head: Graph) => {
    const { severity, summary } = findingOn("ingress", base, head) ?? {};
    return severity && [severity, summary];
  };

  describe("HTTPS", () => {
    const notEncrypted = "edge no longer accepts HTTPS: requests to it are not encrypted.";

    it("danger when HTTPS is gone, by another protocol or another listener; warning when it is internal", () => {
      assert.deepEqual(finding(edge(listener(443, "HTTPS")), edge(listener(443, "HTTP"))), [
        "danger",
        notEncrypted,
      ]);
      assert.deepEqual(finding(edge(...both), edge(listener(80, "HTTP", {}, "plain"))), [
        "danger",
        notEncrypted,
      ]);
      const internal = (...all: GraphResource[]) => graph(balancer({ internal: true }), ...all);
      assert.deepEqual(finding(internal(listener(443, "HTTPS")), internal(listener(443, "HTTP"))), [
        "warning",
        notEncrypted,
      ]);
    });

    it("danger for other names of the type, and for a load balancer outside the program", () => {
      for (const type of ["aws:alb/listener:Listener", "aws:elasticloadbalancingv2/listener:Listener"]) {
        const old = (protocol: string): GraphResource => {
          const loadBalancerArn =
            "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/50dc6c495c0c9188";
          return { ...listener(443, protocol, { loadBalancerArn }), type };
        };
        const text = notEncrypted.replace("edge", "shop");
        assert.deepEqual(finding(graph(old("HTTPS")), graph(old("HTTP"))), ["danger", text]);
      }
    });

    it("danger when a listener serves plain HTTP instead of redirecting", () => {
      const head = edge(listener(80, "HTTP"), listener(443, "HTTPS"));
      assert.deepEqual(finding(edge(...both), head), [
        "danger",
        "edge-80 serves plain HTTP instead of redirecting to HTTPS.",
      ]);
    });

    it("no finding while HTTPS stays, an instance may terminate TLS, or inputs cannot be read", () => {
      const https = edge(listener(443, "HTTPS"));
      assert.equal(finding(https, edge(listener(443, "HTTPS", { certificateArn: "another" }))), undefined);
      assert.equal(finding(edge(listener(443, "TLS")), edge(listener(443, "TCP"))), undefined);
      assert.equal(finding(https, edge(listener(443, "HTTP", { protocol: UNKNOWN }))), undefined);
      const unclear = listener(443, "HTTPS", { loadBalancerArn: UNKNOWN }, "new");
      assert.equal(finding(https, edge(listener(80, "HTTP"), unclear)), undefined);
      assert.equal(finding(https, edge(...both)), undefined);
      assert.equal(finding(edge(listener(80, "HTTP")), edge(...both)), undefined);
      const tunnel = resource("cloudflare:index:Tunnel", "new");
      assert.equal(finding(https, edge(listener(443, "HTTP"), tunnel)), undefined);
    });
  });

  describe("ports", () => {
    const web = listener(80, "HTTP");

    it("danger when the load balancer stops listening on a browser's port, warning on another", () => {
      assert.deepEqual(finding(edge(web), edge(listener(8080, "HTTP", {}, "edge-80"))), [
        "danger",
        "edge no longer listens on port 80.",
      ]);
      assert.deepEqual(finding(edge(web, listener(8080, "HTTP")), edge(web)), [
        "warning",
        "edge no longer listens on port 8080.",
      ]);
      assert.equal(finding(edge(...both), edge(listener(443, "HTTPS")))?.[0], "warning");
      assert.equal(finding(edge(web), edge(listener(80, "HTTP", {}, "renamed"))), undefined);
    });

    it("danger when security groups allow no traffic, warning when they allow less, in any notation", () => {
      const open = edge(web, allows(80));
      assert.deepEqual(finding(open, edge(web)), [
        "danger",
        "Security groups of edge no longer allow any traffic to port 80.",
      ]);
      const narrowed = [
        "warning",
        "Security groups of edge no longer allow traffic from the internet to port 80.",
      ];
      assert.deepEqual(finding(open, edge(web, allows(80, { cidrIpv4: "10.0.0.0/8" }))), narrowed);
      const prefixList = { referencedSecurityGroupId: "<SecurityGroup:cdn.id>" };
      assert.deepEqual(finding(open, edge(web, allows(80, prefixList))), narrowed);
      const inline = (cidr: string) =>
        group({ ingress: [{ protocol: "tcp", fromPort: 0, toPort: 65_535, cidrBlocks: [cidr] }] });
      assert.equal(finding(open, graph(balancer(), inline("0.0.0.0/0"), web)), undefined);
      assert.deepEqual(finding(open, graph(balancer(), inline("10.0.0.0/8"), web)), narrowed);
      const rule = resource("aws:ec2/securityGroupRule:SecurityGroupRule", "in", {
        ...{ type: "ingress", securityGroupId: GROUP, protocol: "-1", fromPort: 0, toPort: 0 },
        ipv6CidrBlocks: ["::/0"],
      });
      assert.equal(finding(open, edge(web, rule)), undefined);
    });

    it("no finding for a port without listener, or for rules that cannot be read", () => {
      assert.equal(finding(edge(web, allows(80), allows(22)), edge(web, allows(80))), undefined);
      const open = edge(web, allows(80));
      assert.equal(finding(open, edge(web, allows(80, { cidrIpv4: UNKNOWN }))), undefined);
      assert.equal(finding(open, edge(web, allows(80, { cidrIpv4: new Secret("0.0.0.0/0") }))), undefined);
      const asked = { cidrIpv4: "<getIpRanges(services=cloudfront).cidrBlocks[0]>" };
      assert.equal(finding(open, edge(web, allows(80, asked))), undefined);
      const elsewhere = balancer({ securityGroups: ["sg-0123456789abcdef0"] });
      assert.equal(finding(open, graph(elsewhere, group(), web)), undefined);
      const two = { ...group(), urn: group().urn.replace("::aws", "::other:index:Parent$aws") };
      assert.equal(finding(open, edge(web, two)), undefined);
    });
  });

  describe("addresses", () => {
    const record = (name: string, more: Properties = {}, options = {}) =>
      resource(
        "aws:route53/record:Record",
        `r-${name}`,
        { ...{ zoneId: "Z1", name, type: "A" }, aliases: [{ name: "<LoadBalancer:edge.dnsName>" }], ...more },
        options,
      );
    const site = edge(listener(80, "HTTP"), record("shop.example.com"));
    const gone = "The DNS name shop.example.com loses its record.";

    it("danger when a DNS name loses its record and its target stays, warning otherwise", () => {
      const head = edge(listener(80, "HTTP"), record("store.example.com"));
      assert.deepEqual(finding(site, head), ["danger", gone]);
      assert.deepEqual(finding(site, edge(listener(80, "HTTP"))), ["danger", gone]);
      assert.deepEqual(finding(site, graph()), ["warning", gone]);
    });

    it("no finding while a record covers the name, and for names that clients do not use", () => {
      const withRecords = (...records: GraphResource[]) =>
        finding(site, edge(listener(80, "HTTP"), ...records));
      const cname = { type: "CNAME", aliases: [], records: ["d1.cloudfront.net"] };
      assert.equal(withRecords(record("Shop.example.com.", cname)), undefined);
      assert.equal(withRecords(record("shop")), undefined);
      assert.equal(withRecords(record("*.example.com")), undefined);
      assert.equal(withRecords(record("a.example.com", { name: UNKNOWN })), undefined);
      for (const name of [
        "_acme.example.com",
        "k1._domainkey.example.com",
        "<Certificate:c.resourceRecordName>",
      ])
        assert.equal(finding(edge(record(name, cname)), edge()), undefined, name);
      assert.equal(finding(edge(record("example.com", { type: "TXT" })), edge()), undefined);
      assert.equal(finding(edge(record("a.example.com", {}, { retainOnDelete: true })), edge()), undefined);
    });

    it("warning when a load balancer gets another name from AWS that no record follows", () => {
      const named = (name: string, ...more: GraphResource[]) =>
        graph(balancer({ name }), group(), listener(80, "HTTP"), ...more);
      assert.deepEqual(finding(named("one"), named("two")), [
        "warning",
        "edge is replaced and gets another DNS name from AWS: update its clients.",
      ]);
      const follows = record("shop.example.com", { aliases: [{ name: "<new LoadBalancer:edge.dnsName>" }] });
      assert.equal(finding(named("one", record("shop.example.com")), named("two", follows)), undefined);
    });

    it("danger when a load balancer becomes internal", () => {
      const head = graph(balancer({ internal: true }), group(), listener(80, "HTTP"));
      assert.deepEqual(finding(edge(listener(80, "HTTP")), head), [
        "danger",
        "edge becomes internal: it is not reachable from the internet any more.",
      ]);
    });
  });
});
