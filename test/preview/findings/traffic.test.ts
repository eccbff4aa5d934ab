import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GraphResource } from "../../../engine/program/graph";
import type { Properties } from "../../../engine/values/values";
import { findingOn, graph, renamed, resource, severityAndSummary, severityOf } from "./graphs";

const forward = (group: string) => [{ type: "forward", targetGroupArn: `<TargetGroup:${group}.arn>` }];
const listener = (name: string, group: string, more: Properties = {}, options = {}) =>
  resource("aws:lb/listener:Listener", name, { defaultActions: forward(group), ...more }, options);

describe("finding traffic: shifts", () => {
  const redirect = { defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS" } }] };

  it("warning when traffic shifts, none when the rule ignores the change", () => {
    const base = graph(listener("http", "blue"));
    assert.deepEqual(severityAndSummary("traffic", base, graph(listener("http", "green"))), [
      "warning",
      "All traffic shifts from blue to green.",
    ]);
    const ignoring = listener("http", "green", {}, { ignoreChanges: ["defaultActions"] });
    assert.deepEqual(severityAndSummary("traffic", base, graph(ignoring)), [
      "none",
      "No traffic shifts: blue receives all traffic.",
    ]);
  });

  it("danger when the last route is deleted, no finding without routes", () => {
    const rule = resource("aws:lb/listenerRule:ListenerRule", "all", { actions: forward("web") });
    assert.deepEqual(severityAndSummary("traffic", graph(rule), graph()), [
      "danger",
      "No traffic is forwarded to web any more, nor to any other target.",
    ]);
    const bucket = graph(resource("aws:s3/bucket:Bucket", "records"));
    assert.equal(findingOn("traffic", bucket, bucket), undefined);
  });

  it("none when another route serves the same target group", () => {
    const [http, https] = [listener("http", "web"), listener("https", "web")];
    const encrypted = graph(listener("http", "web", redirect), https);
    assert.equal(severityOf("traffic", graph(http), encrypted), "none");
    assert.equal(severityOf("traffic", graph(http, https), encrypted), "none");
    assert.equal(severityOf("traffic", encrypted, graph(http, https)), "none");
  });

  it("names the route when several routes differ", () => {
    const both = graph(listener("one", "web"), listener("two", "api"));
    assert.equal(severityOf("traffic", both, graph(listener("two", "api"))), "danger");
    assert.match(
      findingOn("traffic", graph(listener("one", "web")), both)?.summary ?? "",
      /two .* to api\.$/,
    );
    assert.equal(
      findingOn("traffic", graph(), graph(listener("one", "web")))?.summary,
      "New route: web receives all traffic.",
    );
    assert.match(findingOn("traffic", both, both)?.summary ?? "", /api and web/);
    const shifted = graph(listener("one", "web"), listener("two", "new"));
    assert.equal(findingOn("traffic", both, shifted)?.summary, "All traffic of two shifts from api to new.");
  });

  it("finds the successor of a route that is renamed and split at once", () => {
    const targetGroups = [{ arn: "<TargetGroup:web.arn>" }, { arn: "<TargetGroup:api.arn>" }];
    const split = listener("new", "web", {
      defaultActions: [{ type: "forward", forward: { targetGroups } }],
    });
    assert.match(
      findingOn("traffic", graph(listener("old", "web")), graph(split))?.summary ?? "",
      /^50 % of the traffic shifts from web to api; /,
    );
  });

  it("warning when DNS records shift traffic", () => {
    const record = (inputs: Properties) =>
      resource("aws:route53/record:Record", "www", { name: "www.example.com", type: "A", ...inputs });
    const alias = (name: string) => ({ aliases: [{ name, zoneId: "Z1" }] });
    const changed = (before: Properties, after: Properties) => {
      const [base, head] = [before, after].map((inputs) => graph(listener("http", "web"), record(inputs)));
      return findingOn("traffic", base ?? graph(), head ?? graph());
    };
    const elsewhere = changed(alias("<LoadBalancer:a.dnsName>"), alias("<LoadBalancer:b.dnsName>"));
    assert.equal(elsewhere?.severity, "warning");
    assert.match(elsewhere?.summary ?? "", /www\.example\.com/);
    const weighted = (weight: number) => ({ records: ["192.0.2.1"], weightedRoutingPolicies: [{ weight }] });
    assert.equal(changed(weighted(90), weighted(10))?.severity, "warning");
    const same: [Properties, Properties][] = [
      [
        { type: "CNAME", records: ["<LoadBalancer:a.dnsName>"], ttl: 60 },
        alias("dualstack.<LoadBalancer:a.dnsName>"),
      ],
      [{ records: ["192.0.2.1"] }, weighted(100)],
      [{ records: ["192.0.2.1", "192.0.2.2"] }, { records: ["192.0.2.2", "192.0.2.1"], ttl: 5 }],
      [
        { name: "_a.example.com", records: ["a"] },
        { name: "_a.example.com", records: ["b"] },
      ],
    ];
    for (const [before, after] of same)
      assert.equal(changed(before, after)?.severity, "none", JSON.stringify([before, after]));
  });
});

describe("finding traffic: serving instances", () => {
  const targetGroup = (name: string, more = {}) =>
    resource("aws:lb/targetGroup:TargetGroup", `web-${name}`, {
      tags: { "changeover:color": name },
      ...more,
    });
  const instances = (name: string, maxSize: number, more = {}) =>
    resource("aws:autoscaling/group:Group", `web-${name}`, {
      ...{ maxSize, targetGroupArns: [`<TargetGroup:web-${name}.arn>`], ...more },
    });
  const rule = (name: string) =>
    resource("aws:lb/listenerRule:ListenerRule", "production", { actions: forward(`web-${name}`) });
  const live = (name: string, ...groups: GraphResource[]) =>
    graph(targetGroup("blue"), targetGroup("green"), rule(name), ...groups);
  const both = [instances("blue", 4), instances("green", 4)];
  const base = live("blue", ...both);
  const noInstances = /(^| )(\w+) receives traffic and has no instances: its requests fail\.$/;

  it("danger when the live color is scaled in to zero, none for the idle color", () => {
    const [severity, summary] = severityAndSummary(
      "traffic",
      base,
      live("blue", instances("blue", 0), instances("green", 4)),
    );
    assert.equal(severity, "danger");
    assert.equal(noInstances.exec(summary ?? "")?.[2], "blue");
    const idle = live("blue", instances("blue", 4), instances("green", 0));
    assert.equal(severityOf("traffic", base, idle), "none");
  });

  it("danger when traffic shifts to a color without instances", () => {
    const flipped = live("green", instances("blue", 4), instances("green", 0));
    const [severity, summary] = severityAndSummary("traffic", base, flipped);
    assert.equal(severity, "danger");
    assert.match(summary ?? "", /^All traffic shifts from blue to green\. /);
    assert.equal(noInstances.exec(summary ?? "")?.[2], "green");
  });

  it("danger when serving instances are terminated or replaced", () => {
    assert.deepEqual(severityAndSummary("traffic", base, live("blue", instances("green", 4))), [
      "danger",
      "The instances of blue are terminated while blue receives traffic: its requests fail.",
    ]);
    const replaced = live("blue", instances("blue", 4, { namePrefix: "new" }), instances("green", 4));
    assert.deepEqual(severityAndSummary("traffic", base, replaced), [
      "danger",
      "The instances of blue are replaced while blue receives traffic.",
    ]);
  });

  it("replaced, not terminated, when another group serves the same target group", () => {
    const fleet = renamed(instances("blue", 4), "fleet", []);
    const successor = findingOn("traffic", base, live("blue", fleet, instances("green", 4)));
    assert.match(successor?.summary ?? "", /^The instances of blue are replaced /);
    const beside = [live("blue", fleet, ...both), live("blue", fleet, instances("blue", 0))] as const;
    assert.equal(severityOf("traffic", ...beside), "none");
  });

  it("danger when a target group is replaced while it receives traffic", () => {
    const onPorts = (blue: number, green = 80) =>
      graph(
        targetGroup("blue", { port: blue }),
        targetGroup("green", { port: green }),
        rule("blue"),
        ...both,
      );
    const [severity, summary] = severityAndSummary("traffic", onPorts(80), onPorts(81));
    assert.equal(severity, "danger");
    assert.match(summary ?? "", /^The target group of blue is replaced /);
    assert.equal(severityOf("traffic", onPorts(80), onPorts(80, 81)), "none");
  });

  it("none when aliases rename target groups and rules", () => {
    const head = graph(
      ...[
        renamed(targetGroup("blue"), "shop-blue"),
        targetGroup("green"),
        renamed(rule("blue"), "shop"),
        ...both,
      ],
    );
    assert.equal(severityOf("traffic", base, head), "none");
  });
});
