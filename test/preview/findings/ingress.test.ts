import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph, GraphResource } from "../../../engine/program/graph";
import { type Properties, Secret, UNKNOWN } from "../../../engine/values/values";
import { answer, graph, resource } from "./graphs";

describe("of the entrance, a preview", () => {
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
  const said = (base: Graph, head: Graph) => {
    const { level, text } = answer("entrance", base, head) ?? {};
    return level && [level, text];
  };

  describe("says of encryption", () => {
    const inClear = "edge no longer takes HTTPS: what is sent there travels in clear.";

    it("that HTTPS is gone, whether the listener changes or another one comes", () => {
      assert.deepEqual(said(edge(listener(443, "HTTPS")), edge(listener(443, "HTTP"))), ["danger", inClear]);
      assert.deepEqual(said(edge(...both), edge(listener(80, "HTTP", {}, "plain"))), ["danger", inClear]);
      const internal = (...all: GraphResource[]) => graph(balancer({ internal: true }), ...all);
      assert.deepEqual(said(internal(listener(443, "HTTPS")), internal(listener(443, "HTTP"))), [
        "attention",
        inClear,
      ]);
    });

    it("the same by the other names of the type, and of a load balancer that is not the program's", () => {
      for (const type of ["aws:alb/listener:Listener", "aws:elasticloadbalancingv2/listener:Listener"]) {
        const old = (protocol: string): GraphResource => {
          const loadBalancerArn =
            "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/50dc6c495c0c9188";
          return { ...listener(443, protocol, { loadBalancerArn }), type };
        };
        const text = inClear.replace("edge", "shop");
        assert.deepEqual(said(graph(old("HTTPS")), graph(old("HTTP"))), ["danger", text]);
      }
    });

    it("that those whom a listener led to HTTPS are served in clear", () => {
      const head = edge(listener(80, "HTTP"), listener(443, "HTTPS"));
      assert.deepEqual(said(edge(...both), head), [
        "danger",
        "edge-80 serves in clear those whom it led to HTTPS.",
      ]);
    });

    it("nothing while it stays, where a server may take it, and where it cannot be read", () => {
      const https = edge(listener(443, "HTTPS"));
      assert.equal(said(https, edge(listener(443, "HTTPS", { certificateArn: "another" }))), undefined);
      assert.equal(said(edge(listener(443, "TLS")), edge(listener(443, "TCP"))), undefined);
      assert.equal(said(https, edge(listener(443, "HTTP", { protocol: UNKNOWN }))), undefined);
      const anybodys = listener(443, "HTTPS", { loadBalancerArn: UNKNOWN }, "new");
      assert.equal(said(https, edge(listener(80, "HTTP"), anybodys)), undefined);
      assert.equal(said(https, edge(...both)), undefined);
      assert.equal(said(edge(listener(80, "HTTP")), edge(...both)), undefined);
      const tunnel = resource("cloudflare:index:Tunnel", "new");
      assert.equal(said(https, edge(listener(443, "HTTP"), tunnel)), undefined);
    });
  });

  describe("says of ports", () => {
    const web = listener(80, "HTTP");

    it("that nothing listens there any more", () => {
      assert.deepEqual(said(edge(web), edge(listener(8080, "HTTP", {}, "edge-80"))), [
        "danger",
        "Nothing listens any more at port 80 of edge.",
      ]);
      assert.deepEqual(said(edge(web, listener(8080, "HTTP")), edge(web)), [
        "attention",
        "Nothing listens any more at port 8080 of edge.",
      ]);
      assert.equal(said(edge(...both), edge(listener(443, "HTTPS")))?.[0], "attention");
      assert.equal(said(edge(web), edge(listener(80, "HTTP", {}, "renamed"))), undefined);
    });

    it("that nobody is let in, or only some, however the security group is written", () => {
      const open = edge(web, allows(80));
      assert.deepEqual(said(open, edge(web)), ["danger", "Nobody is let in any more at port 80 of edge."]);
      const narrowed = ["attention", "The internet is no longer let in at port 80 of edge."];
      assert.deepEqual(said(open, edge(web, allows(80, { cidrIpv4: "10.0.0.0/8" }))), narrowed);
      const prefixList = { referencedSecurityGroupId: "<SecurityGroup:cdn.id>" };
      assert.deepEqual(said(open, edge(web, allows(80, prefixList))), narrowed);
      const inline = (cidr: string) =>
        group({ ingress: [{ protocol: "tcp", fromPort: 0, toPort: 65_535, cidrBlocks: [cidr] }] });
      assert.equal(said(open, graph(balancer(), inline("0.0.0.0/0"), web)), undefined);
      assert.deepEqual(said(open, graph(balancer(), inline("10.0.0.0/8"), web)), narrowed);
      const rule = resource("aws:ec2/securityGroupRule:SecurityGroupRule", "in", {
        ...{ type: "ingress", securityGroupId: GROUP, protocol: "-1", fromPort: 0, toPort: 0 },
        ipv6CidrBlocks: ["::/0"],
      });
      assert.equal(said(open, edge(web, rule)), undefined);
    });

    it("nothing of a door that is not the users', or that it cannot read", () => {
      assert.equal(said(edge(web, allows(80), allows(22)), edge(web, allows(80))), undefined);
      const open = edge(web, allows(80));
      assert.equal(said(open, edge(web, allows(80, { cidrIpv4: UNKNOWN }))), undefined);
      assert.equal(said(open, edge(web, allows(80, { cidrIpv4: new Secret("0.0.0.0/0") }))), undefined);
      const asked = { cidrIpv4: "<getIpRanges(services=cloudfront).cidrBlocks[0]>" };
      assert.equal(said(open, edge(web, allows(80, asked))), undefined);
      const elsewhere = balancer({ securityGroups: ["sg-0123456789abcdef0"] });
      assert.equal(said(open, graph(elsewhere, group(), web)), undefined);
      const two = { ...group(), urn: group().urn.replace("::aws", "::other:index:Parent$aws") };
      assert.equal(said(open, edge(web, two)), undefined);
    });
  });

  describe("says of addresses", () => {
    const record = (name: string, more: Properties = {}, options = {}) =>
      resource(
        "aws:route53/record:Record",
        `r-${name}`,
        { ...{ zoneId: "Z1", name, type: "A" }, aliases: [{ name: "<LoadBalancer:edge.dnsName>" }], ...more },
        options,
      );
    const site = edge(listener(80, "HTTP"), record("shop.example.com"));
    const gone = "The DNS name shop.example.com leads nowhere any more.";

    it("that a name leads nowhere: loud while what it led to stays", () => {
      const head = edge(listener(80, "HTTP"), record("store.example.com"));
      assert.deepEqual(said(site, head), ["danger", gone]);
      assert.deepEqual(said(site, edge(listener(80, "HTTP"))), ["danger", gone]);
      assert.deepEqual(said(site, graph()), ["attention", gone]);
    });

    it("nothing while some record has the name, and of names that nobody calls", () => {
      const led = (...records: GraphResource[]) => said(site, edge(listener(80, "HTTP"), ...records));
      const cname = { type: "CNAME", aliases: [], records: ["d1.cloudfront.net"] };
      assert.equal(led(record("Shop.example.com.", cname)), undefined);
      assert.equal(led(record("shop")), undefined);
      assert.equal(led(record("*.example.com")), undefined);
      assert.equal(led(record("a.example.com", { name: UNKNOWN })), undefined);
      for (const name of [
        "_acme.example.com",
        "k1._domainkey.example.com",
        "<Certificate:c.resourceRecordName>",
      ])
        assert.equal(said(edge(record(name, cname)), edge()), undefined, name);
      assert.equal(said(edge(record("example.com", { type: "TXT" })), edge()), undefined);
      assert.equal(said(edge(record("a.example.com", {}, { retainOnDelete: true })), edge()), undefined);
    });

    it("that AWS gives a load balancer another name, where none of the program's follows", () => {
      const named = (name: string, ...more: GraphResource[]) =>
        graph(balancer({ name }), group(), listener(80, "HTTP"), ...more);
      assert.deepEqual(said(named("one"), named("two")), [
        "attention",
        "edge is replaced, and AWS gives it another name: users have to know it.",
      ]);
      const follows = record("shop.example.com", { aliases: [{ name: "<new LoadBalancer:edge.dnsName>" }] });
      assert.equal(said(named("one", record("shop.example.com")), named("two", follows)), undefined);
    });

    it("that a load balancer becomes internal", () => {
      const head = graph(balancer({ internal: true }), group(), listener(80, "HTTP"));
      assert.deepEqual(said(edge(listener(80, "HTTP")), head), [
        "danger",
        "edge becomes internal: nobody outside reaches it.",
      ]);
    });
  });
});
