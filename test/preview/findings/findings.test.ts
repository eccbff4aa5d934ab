import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph, GraphResource } from "../../../engine/program/graph";
import { type Properties, Secret, UNKNOWN } from "../../../engine/values/values";
import { parseScript } from "../../../migrations/script/parse-script";
import { compareGraphs } from "../../../preview/compare/comparison";
import { answers } from "../../../preview/findings/registry";
import { reportOf } from "../../../preview/report/report";
import { toText } from "../../../preview/report/text";
import { answer, graph, resource } from "./graphs";

describe("answers", () => {
  const bucket = (inputs: Properties = {}, options = {}) =>
    resource("aws:s3/bucket:Bucket", "records", inputs, options);

  it("shouts when what holds data is replaced or deleted", () => {
    const deleted = answer("data", graph(bucket()), graph());
    assert.equal(deleted?.level, "danger");
    assert.equal(deleted?.text, "DATA LOSS: records (aws:s3:Bucket) would be deleted.");
    const replaced = answer("data", graph(bucket({ bucket: "a" })), graph(bucket({ bucket: "b" })));
    assert.match(replaced?.text ?? "", /^DATA LOSS: .* would be replaced\.$/);
    assert.deepEqual(replaced?.details, ["records (aws:s3:Bucket): replace because of bucket"]);
  });

  it("tells what stays in AWS from what is deleted", () => {
    const said = answer("data", graph(bucket({}, { retainOnDelete: true })), graph());
    assert.equal(said?.level, "attention");
    assert.match(said?.text ?? "", /; records \(aws:s3:Bucket\) leaves the stack, and stays in AWS\.$/);
    const version = (name: string) => graph(bucket({ bucket: name }, { retainOnDelete: true }));
    assert.equal(answer("data", version("a"), version("b"))?.level, "danger", "what comes is empty");
  });

  it("sees when protection goes, although nothing else changes", () => {
    const instance = (deletionProtection: boolean) =>
      resource("aws:rds/instance:Instance", "db", { deletionProtection });
    assert.equal(answer("data", graph(instance(true)), graph(instance(false)))?.level, "danger");
    assert.equal(answer("data", graph(instance(false)), graph(instance(true)))?.level, "attention");
    const unprotected = answer("data", graph(bucket({}, { protect: true })), graph(bucket()));
    assert.deepEqual(unprotected?.details, ["records (aws:s3:Bucket) loses protect"]);
    const renamed = resource("aws:s3/bucket:Bucket", "papers", {}, { aliases: [{ name: "records" }] });
    const open = answer("data", graph(bucket({}, { protect: true })), graph(renamed));
    assert.deepEqual(open?.details, ["papers (aws:s3:Bucket) loses protect"]);
    const disposable = bucket({ forceDestroy: true });
    assert.deepEqual(answer("data", graph(bucket({}, { protect: true })), graph(disposable))?.details, [
      "records (aws:s3:Bucket) loses protect and gets forceDestroy: true",
      "records (aws:s3:Bucket): update of forceDestroy",
    ]);
  });

  it("does not take another version of a secret for a loss", () => {
    const version = (secretString: string) =>
      resource("aws:secretsmanager/secretVersion:SecretVersion", "password", { secretString });
    assert.equal(answer("data", graph(version("a")), graph(version("b")))?.level, "good");
  });

  it("takes what is ignored as it was", () => {
    const listener = (group: string, ignoreChanges: string[]) =>
      resource(
        "aws:lb/listener:Listener",
        "http",
        { defaultActions: [{ type: "forward", targetGroupArn: `<TargetGroup:${group}.arn>` }] },
        { ignoreChanges },
      );
    const ignoring = listener("green", ["defaultActions"]);
    const said = answer("users", graph(listener("blue", [])), graph(ignoring));
    assert.equal(said?.text, "No users move: blue has all users.");
    const moved = answer("users", graph(listener("blue", [])), graph(listener("green", [])));
    assert.equal(moved?.text, "All users move from blue to green.");
  });

  it("does not vouch for what code decides, nor for types that it does not know", () => {
    const cluster = (storageType: string) => resource("aws:rds/cluster:Cluster", "facts", { storageType });
    const doubtful = answer("data", graph(cluster("io1")), graph(cluster("gp3")));
    assert.equal(doubtful?.level, "danger");
    assert.match(doubtful?.text ?? "", /may be replaced/);
    const stranger = (size: number) => resource("other:index:Thing", "x", { size });
    const identity = { project: "p", stack: "dev", base: { ref: "a" }, head: { ref: "b" } };
    const report = reportOf(compareGraphs(graph(stranger(1)), graph(stranger(2))), identity);
    assert.equal(report.resources[0]?.mayReplace, true);
  });

  it("names what strangers can newly reach", () => {
    const rule = (cidrIpv4: string) =>
      resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in", {
        ...{ cidrIpv4, ipProtocol: "tcp", fromPort: 5432, toPort: 5432 },
      });
    const opened = answer("exposure", graph(rule("10.0.0.0/8")), graph(rule("0.0.0.0/0")));
    assert.equal(opened?.text, "Newly open to the internet: in (tcp 5432 from 0.0.0.0/0).");
    assert.equal(answer("exposure", graph(rule("0.0.0.0/0")), graph(rule("0.0.0.0/0")))?.level, "good");
    const closed = answer("exposure", graph(rule("0.0.0.0/0")), graph(rule("10.0.0.0/8")));
    assert.match(closed?.text ?? "", /1 less than before/);
    const policy = (Principal: string) =>
      resource("aws:s3/bucketPolicy:BucketPolicy", "p", {
        policy: JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:GetObject", Principal } }),
      });
    assert.match(answer("exposure", graph(), graph(policy("*")))?.text ?? "", /s3:GetObject to everybody/);
    assert.equal(answer("exposure", graph(), graph(policy("me")))?.level, "good");
  });

  it("does not call open anew what was, under another name, in another spelling or beside its group", () => {
    const ports = { fromPort: 443, toPort: 443 };
    const group = (name: string, protocol: string | undefined, options = {}) => {
      const ingress = protocol === undefined ? [] : [{ ...ports, protocol, cidrBlocks: ["0.0.0.0/0"] }];
      return resource("aws:ec2/securityGroup:SecurityGroup", name, { ingress }, options);
    };
    const rule = (name: string, to = "web") =>
      resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", name, {
        ...{
          ...ports,
          securityGroupId: `<SecurityGroup:${to}.id>`,
          ipProtocol: "tcp",
          cidrIpv4: "0.0.0.0/0",
        },
      });
    const inline = graph(group("web", "TCP"));
    const edge = (options: object) => answer("exposure", inline, graph(group("edge", "tcp", options)))?.level;
    assert.deepEqual([edge({ aliases: [{ name: "web" }] }), edge({})], ["good", "attention"]);
    const beside = graph(group("web", undefined), rule("https"));
    assert.equal(answer("exposure", inline, beside)?.level, "good");
    assert.equal(answer("exposure", beside, inline)?.level, "good");
    assert.equal(answer("exposure", beside, graph(group("web", undefined), rule("tls")))?.level, "good");
    const other = graph(group("web", undefined), group("db", undefined), rule("https"), rule("more", "db"));
    const opened = answer("exposure", beside, other)?.text;
    assert.equal(opened, "Newly open to the internet: more (tcp 443 from 0.0.0.0/0).");
    const urn = "urn:pulumi:dev::p::a:b:C$aws:ec2/securityGroup:SecurityGroup::web";
    const moved = graph({ ...group("web", undefined), urn }, rule("https"));
    assert.equal(answer("exposure", beside, moved)?.level, "good", "under a component now");
    // Two groups of one name, under two parents, cannot be told apart by a rule.
    const twin = { ...group("web", undefined), urn };
    const both = (...rules: GraphResource[]) => graph(group("web", undefined), twin, ...rules);
    assert.equal(answer("exposure", both(rule("one")), both(rule("one"), rule("two")))?.level, "attention");
  });

  it("takes half of the internet for strangers, too", () => {
    const rule = (cidrBlocks: string[]) =>
      resource("aws:ec2/securityGroupRule:SecurityGroupRule", "in", {
        ...{ type: "ingress", protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks },
      });
    const opened = answer("exposure", graph(rule(["10.0.0.0/8"])), graph(rule(["0.0.0.0/1", "128.0.0.0/1"])));
    assert.equal(opened?.level, "attention");
    assert.deepEqual(opened?.details, ["in (tcp 22 from 0.0.0.0/1)", "in (tcp 22 from 128.0.0.0/1)"]);
  });

  it("does not vouch for what nobody could read", () => {
    const policy = resource("aws:s3/bucketPolicy:BucketPolicy", "policy", { policy: UNKNOWN });
    const said = answer("exposure", graph(policy), graph(policy));
    assert.equal(said?.level, "attention");
    assert.match(said?.text ?? "", /only a cloud can tell what policy opens/);
    const balancer = resource("aws:lb/loadBalancer:LoadBalancer", "edge", { internal: UNKNOWN });
    assert.match(answer("exposure", graph(balancer), graph(balancer))?.text ?? "", /what edge opens/);
    const identity = { project: "p", stack: "dev", base: { ref: "a" }, head: { ref: "b" } };
    const report = reportOf(compareGraphs(graph(policy), graph(policy)), identity);
    assert.deepEqual([report.outcome, report.complete], ["same", false]);
    assert.match(toText({ ...report, notes: [] }), /as far as can be told/);
    assert.match(report.notes.join(), /^Not compared, because only a cloud can tell: inputs of policy\./);
    assert.match(toText(report), /Nothing changes, as far as can be told without a cloud\./);
  });

  it("does not vouch for what it does not know: other clouds, and what component plugins make", () => {
    const service = (size: number, more = {}) => ({
      ...resource("gcp:cloudrun:Service", "site", { size }),
      ...more,
    });
    const made = answer("exposure", graph(), graph(service(1)));
    assert.deepEqual(
      [made?.level, /but what gcp opens/.test(made?.text ?? "")],
      ["attention", true],
      made?.text,
    );
    assert.equal(answer("data", graph(), graph(service(1)))?.level, "good");
    const gone = answer("data", graph(service(1)), graph());
    assert.match(gone?.text ?? "", /^Nothing known to hold data is touched, but what holds data in gcp /);
    assert.equal(answer("exposure", graph(service(1)), graph())?.level, "good");
    const plugin = (size: number) => service(size, { type: "awsx:lb:Balancer", custom: false, remote: true });
    assert.match(answer("exposure", graph(plugin(1)), graph(plugin(2)))?.text ?? "", /but what awsx opens/);
    const ours = (size: number) => service(size, { custom: false });
    assert.equal(answer("exposure", graph(ours(1)), graph(ours(2)))?.level, "good");
  });

  it("shouts when the region changes, which is nobody's input", () => {
    const regions = { base: { "aws:region": "eu-central-1" }, head: { "aws:region": "eu-west-1" } };
    const comparison = compareGraphs(graph(bucket()), graph(bucket()), undefined, regions);
    const said = answers(comparison)[0];
    assert.deepEqual([said?.topic, said?.level], ["provider", "danger"]);
    assert.ok(!answers(comparison).some(({ level }) => level === "good"), "a tick beside it");
    assert.match(said?.text ?? "", /eu-central-1 → eu-west-1/);
    const identity = { project: "p", stack: "dev", base: { ref: "a" }, head: { ref: "b" } };
    const report = reportOf(comparison, identity);
    assert.equal(report.outcome, "changes");
    assert.match(toText(report), /\nNo resource's own inputs change, only what the provider is told\.\n/);
    const other = resource("aws:s3/bucket:Bucket", "other");
    const more = { base: graph(bucket({ tags: { a: "1" } }), other), head: graph(bucket(), other) };
    const changed = reportOf(compareGraphs(more.base, more.head, undefined, regions), identity);
    assert.match(
      toText(changed),
      /\n1 resource changes: 1 to update; the own inputs of 1 stay as they are\.\n/,
    );
  });

  it("tells what else the provider is told anew, by the config or by the program", () => {
    const said = (key: string, base?: string, head?: string) => {
      const config = (value?: string) => (value === undefined ? {} : { [key]: value });
      const providerConfig = { base: config(base), head: config(head) };
      return answers(compareGraphs(graph(bucket()), graph(bucket()), undefined, providerConfig))[0];
    };
    const roles = said("aws:assumeRoles", undefined, '[{"roleArn":"arn"}]');
    assert.deepEqual([roles?.topic, roles?.level], ["provider", "danger"]);
    assert.match(
      roles?.text ?? "",
      /\(aws:assumeRoles\), and what comes of that is not compared\. In another account/,
    );
    assert.doesNotMatch(roles?.text ?? "", /roleArn/);
    assert.equal(said("aws:defaultTags", "{}", '{"tags":{}}')?.level, "attention");
    assert.equal(said("aws:region", "eu-central-1", "eu-central-1")?.topic, "data");
    const provider = (region: string) =>
      graph(bucket(), resource("pulumi:providers:aws", "main", { region }));
    const moved = answers(compareGraphs(provider("eu-central-1"), provider("eu-west-1")))[0];
    assert.equal(moved?.level, "danger");
    assert.match(moved?.text ?? "", /^provider main: region changes, eu-central-1 → eu-west-1:/);
  });

  it("says when Pulumi will refuse", () => {
    const rule = (priority: number) =>
      resource("aws:lb/targetGroup:TargetGroup", "web", { port: priority }, { protect: true });
    const said = answer("protected", graph(rule(1)), graph(rule(2)));
    assert.equal(said?.level, "danger");
    assert.match(
      said?.text ?? "",
      /^Pulumi will refuse this: web \(aws:lb:TargetGroup\) would be replaced or deleted/,
    );
    assert.equal(answer("protected", graph(rule(1)), graph(rule(1))), undefined);
  });

  describe("of users whom nobody answers", () => {
    const color = (name: string) =>
      resource("aws:lb/targetGroup:TargetGroup", `web-${name}`, { tags: { "changeover:color": name } });
    const servers = (name: string, maxSize: number, more = {}) =>
      resource("aws:autoscaling/group:Group", `web-${name}`, {
        ...{ maxSize, targetGroupArns: [`<TargetGroup:web-${name}.arn>`], ...more },
      });
    const rule = (name: string) =>
      resource("aws:lb/listenerRule:ListenerRule", "production", {
        actions: [{ type: "forward", targetGroupArn: `<TargetGroup:web-${name}.arn>` }],
      });
    const live = (name: string, ...groups: GraphResource[]) =>
      graph(color("blue"), color("green"), rule(name), ...groups);
    const both = [servers("blue", 4), servers("green", 4)];

    it("sees a color that is live and has its servers taken away", () => {
      const said = answer(
        "users",
        live("blue", ...both),
        live("blue", servers("blue", 0), servers("green", 4)),
      );
      assert.equal(said?.level, "danger");
      assert.match(said?.text ?? "", /^blue has users and no servers: nobody answers them\.$/);
      const idle = answer(
        "users",
        live("blue", ...both),
        live("blue", servers("blue", 4), servers("green", 0)),
      );
      assert.equal(idle?.level, "good");
    });

    it("sees a flip to a color that has none", () => {
      const said = answer(
        "users",
        live("blue", ...both),
        live("green", servers("blue", 4), servers("green", 0)),
      );
      assert.equal(said?.level, "danger");
      assert.match(said?.text ?? "", /^All users move from blue to green\. green has users and no servers/);
    });

    it("tells servers that are deleted from servers that are exchanged", () => {
      const gone = answer("users", live("blue", ...both), live("blue", servers("green", 4)));
      assert.match(
        gone?.text ?? "",
        /^The servers of blue are deleted while blue has users: nobody answers them\.$/,
      );
      const renamed = servers("blue", 4, { namePrefix: "new" });
      const exchanged = answer("users", live("blue", ...both), live("blue", renamed, servers("green", 4)));
      assert.match(exchanged?.text ?? "", /^The servers of blue are exchanged while blue has users\.$/);
      assert.deepEqual([gone?.level, exchanged?.level], ["danger", "danger"]);
    });

    it("does not call servers gone that have others beside them", () => {
      const fleet = {
        ...servers("blue", 4),
        name: "fleet",
        urn: "urn:pulumi:dev::p::aws:autoscaling/group:Group::fleet",
      };
      const renamed = answer("users", live("blue", ...both), live("blue", fleet, servers("green", 4)));
      assert.match(renamed?.text ?? "", /^The servers of blue are exchanged while blue has users\.$/);
      const beside = answer("users", live("blue", fleet, ...both), live("blue", fleet, servers("blue", 0)));
      assert.equal(beside?.text, "No users move: blue has all users.");
    });

    it("sees that a target group with users is replaced, and so is empty at first", () => {
      const on = (group: "blue" | "green", port: number) => {
        const made = color(group);
        return { ...made, inputs: { ...made.inputs, port } };
      };
      const base = (port: number, other = 80) =>
        graph(on("blue", port), on("green", other), rule("blue"), ...both);
      const said = answer("users", base(80), base(81));
      assert.equal(said?.level, "danger");
      assert.equal(
        said?.text,
        "Replaced while it has users, and so empty at first: the target group of blue.",
      );
      assert.equal(answer("users", base(80), base(80, 81))?.level, "good");
    });

    it("knows target groups and rules by their aliases", () => {
      const aliased = (each: GraphResource, name: string): GraphResource => ({
        ...each,
        ...{ name, urn: each.urn.replace(/[^:]+$/, name) },
        options: { ...each.options, aliases: [{ name: each.name }] },
      });
      const head = graph(
        ...[aliased(color("blue"), "shop-blue"), color("green"), aliased(rule("blue"), "shop"), ...both],
      );
      assert.match(
        answer("users", live("blue", ...both), head)?.text ?? "",
        /^No users move: blue has all users\.$/,
      );
    });
  });

  it("says that instances may be exchanged where it does not know", () => {
    const instance = (instanceType: string) => resource("aws:ec2/instance:Instance", "web", { instanceType });
    const said = answer("instances", graph(instance("ami-1")), graph(instance("ami-2")));
    assert.deepEqual([said?.level, said?.details], ["info", ["web: 1, may be exchanged"]]);
  });

  describe("of the way back", () => {
    const state = (
      live: "blue" | "green",
      versions: Readonly<Record<string, string>>,
      closed?: { reason: string; closedBy?: string[] },
    ): Graph => {
      const color = live === "blue" ? "green" : "blue";
      const wayBack = {
        ...{ open: closed === undefined, color, reason: `${color} runs ${versions[color]} and is warm` },
        ...{ closedBy: [], wouldBeClosedBy: [], ...closed },
      };
      return { ...graph(), outputs: { live, versions: { ...versions }, wayBack } };
    };
    const said = (base: Graph, head: Graph) => {
      const { level, text } = answer("wayBack", base, head) ?? {};
      return [level, text];
    };
    const both = { blue: "1.0.0", green: "1.1.0" };
    const off = { reason: "blue is off: set idle to warm first" };
    const contracted = { reason: "blue runs 1.0.0, which needs what 0002_a removed", closedBy: ["0002_a"] };

    it("says whereto when nothing is lost: back to what was, or on to what is new", () => {
      const alone = state("blue", { blue: "1.0.0" }, { reason: "green has no version" });
      const on = ["good", "Users can be moved on at once: green runs 1.1.0 and is warm."];
      assert.deepEqual(said(alone, state("blue", both)), on);
      const open = ["good", "The way back is open: blue runs 1.0.0 and is warm."];
      assert.deepEqual(said(state("blue", both), state("green", both)), open);
      assert.deepEqual(said(state("green", both), state("blue", both)), on);
      assert.deepEqual(said(graph(), alone), [
        "info",
        "There is no way back afterwards: green has no version.",
      ]);
    });

    it("names what would close it, in a sentence of its own", () => {
      const alone = state("blue", { blue: "1.0.0" }, { reason: "green has no version" });
      const open = state("blue", both);
      const wayBack = { ...(open.outputs.wayBack as Properties), wouldBeClosedBy: ["0004_a"] };
      const closable = { ...open, outputs: { ...open.outputs, wayBack } };
      const details = answer("wayBack", alone, closable)?.details;
      assert.deepEqual(details, ["The way back would be closed by 0004_a."]);
    });

    it("names the version that a retired color takes with it, and what a rollback is then", () => {
      const closes =
        "This CLOSES the way back to 1.0.0 (blue is off: set idle to warm first). " +
        "Afterwards a rollback means deploying 1.0.0 again before users can move.";
      assert.deepEqual(said(state("green", both), state("green", both, off)), ["danger", closes]);
      assert.deepEqual(said(state("blue", both), state("green", both, off)), ["danger", closes]);
    });

    it("says that a contract is for good, also of a color that is off already", () => {
      const closes =
        "This CLOSES the way back to 1.0.0 for good (blue runs 1.0.0, which needs what 0002_a removed). " +
        "Afterwards a fault can only be repaired by a newer version.";
      assert.deepEqual(said(state("green", both, off), state("green", both, contracted)), ["danger", closes]);
      assert.deepEqual(said(state("green", both), state("green", both, contracted)), ["danger", closes]);
      assert.equal(said(state("green", both, contracted), state("green", both, contracted))[0], "info");
    });

    it("does not call it the way back when the old color gets the next version", () => {
      const next = state("green", { ...both, blue: "1.2.0" });
      assert.deepEqual(said(state("green", both), next), [
        "attention",
        "This ENDS the way back to 1.0.0 (blue runs 1.2.0 and is warm). " +
          "Afterwards a rollback means deploying 1.0.0 again before users can move.",
      ]);
    });

    it("takes a program at its word that says no more than whether it is open", () => {
      const bare = (open: boolean) => ({ ...graph(), outputs: { wayBack: { open, reason: "so it is" } } });
      assert.deepEqual(said(bare(true), bare(true)), ["good", "The way back is open: so it is."]);
      assert.match(said(bare(true), bare(false))[1] ?? "", /^This CLOSES the way back \(so it is\)\. /);
    });
  });

  it("counts instances", () => {
    const group = (minSize: number, launchTemplate = "1") =>
      resource(
        "aws:autoscaling/group:Group",
        "web",
        { minSize, maxSize: 6, launchTemplate },
        {
          replaceOnChanges: ["launchTemplate"],
        },
      );
    assert.equal(
      answer("instances", graph(group(2)), graph(group(5)))?.text,
      "Instances: 3 more, from 2 to 5 at least.",
    );
    assert.match(answer("instances", graph(group(2)), graph(group(2, "2")))?.text ?? "", /2 exchanged/);
    assert.equal(answer("instances", graph(), graph(bucket())), undefined);
    const renamed = { ...group(2), ...{ name: "fleet", urn: group(2).urn.replace(/web$/, "fleet") } };
    const aliased = { ...renamed, options: { ...renamed.options, aliases: [{ name: "web" }] } };
    assert.equal(answer("instances", graph(group(2)), graph(aliased))?.text, "No instances come or go (2).");
    const other = answer("instances", graph(group(2)), graph(renamed));
    assert.equal(other?.text, "Instances: 2 exchanged, from 2 to 2 at least.");
  });

  it("counts instances that are exchanged a few at a time", () => {
    const service = (taskDefinition: string, cpu = 1) =>
      resource("aws:ecs/service:Service", "web", { desiredCount: 3, taskDefinition, cpu });
    const said = (base: GraphResource, head: GraphResource) =>
      answer("instances", graph(base), graph(head))?.text ?? "";
    assert.match(said(service("web:1"), service("web:2")), /^Instances: 3 exchanged, /);
    assert.match(said(service("web:1"), service("web:1", 2)), /^No instances come or go/);
    const group = (version: string, more: Properties = {}) =>
      resource("aws:autoscaling/group:Group", "web", {
        ...{ minSize: 2, maxSize: 4, launchTemplate: { id: "lt-1", version }, ...more },
      });
    const refresh = { instanceRefresh: { strategy: "Rolling" } };
    assert.match(said(group("1", refresh), group("2", refresh)), /^Instances: 2 exchanged, /);
    assert.match(said(group("1", refresh), group("1", { ...refresh, maxSize: 5 })), /may change/);
    assert.match(said(group("1"), group("2")), /^No instances come or go/);
  });

  it("says when nobody is served any more, and is silent where nobody was", () => {
    const rule = resource("aws:lb/listenerRule:ListenerRule", "all", {
      actions: [{ type: "forward", targetGroupArn: "<TargetGroup:web.arn>" }],
    });
    const gone = answer("users", graph(rule), graph());
    assert.deepEqual([gone?.level, gone?.text], ["danger", "Nobody is served any more: web had the users."]);
    assert.equal(answer("users", graph(bucket()), graph(bucket())), undefined);
  });

  it("knows that a rule took over, and that another one serves the same", () => {
    const to = (name: string, group: string, more: Properties = {}) =>
      resource("aws:lb/listener:Listener", name, {
        defaultActions: [{ type: "forward", targetGroupArn: `<TargetGroup:${group}.arn>` }],
        ...more,
      });
    const redirect = { defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS" } }] };
    const said = (base: Graph, head: Graph) => {
      const { level, text } = answer("users", base, head) ?? {};
      return [level, text];
    };
    const stays = ["good", "No users move: web has all users."];
    const encrypted = graph(to("http", "web", redirect), to("https", "web"));
    assert.deepEqual(said(graph(to("http", "web")), encrypted), stays);
    assert.deepEqual(said(graph(to("http", "web"), to("https", "web")), encrypted), stays);
    assert.deepEqual(said(encrypted, graph(to("http", "web"), to("https", "web"))), stays);
    const others = graph(to("one", "web"), to("two", "api"));
    assert.equal(said(others, graph(to("two", "api")))[0], "danger");
    assert.equal(said(others, graph(to("two", "api")))[1], "Nobody is sent to web any more.");
    assert.equal(
      said(graph(to("one", "web")), others)[1],
      "two sends users to api, from the beginning.",
      "which are not all",
    );
    assert.equal(said(graph(), graph(to("one", "web")))[1], "web has all users, from the beginning.");
    assert.equal(said(others, others)[1], "No users move: api and web keep theirs.");
    const turned = graph(to("one", "web"), to("two", "new"));
    assert.equal(said(others, turned)[1], "All users of two move from api to new.");
    const split = {
      forward: { targetGroups: [{ arn: "<TargetGroup:web.arn>" }, { arn: "<TargetGroup:api.arn>" }] },
    };
    const renamed = graph(to("new", "web", { defaultActions: [{ type: "forward", ...split }] }));
    assert.match(
      said(graph(to("old", "web")), renamed)[1] ?? "",
      /^50 % of the users move from web to api; /,
    );
  });

  it("does not say that no users move where DNS moves them", () => {
    const listener = resource("aws:lb/listener:Listener", "http", {
      defaultActions: [{ type: "forward", targetGroupArn: "<TargetGroup:web.arn>" }],
    });
    const record = (inputs: Properties) =>
      resource("aws:route53/record:Record", "www", { name: "www.example.com", type: "A", ...inputs });
    const alias = (name: string) => ({ aliases: [{ name, zoneId: "Z1" }] });
    const said = (before: Properties, after: Properties) =>
      answer("users", graph(listener, record(before)), graph(listener, record(after)));
    const elsewhere = said(alias("<LoadBalancer:a.dnsName>"), alias("<LoadBalancer:b.dnsName>"));
    const text = "No load balancer moves users, but DNS leads elsewhere: www.example.com.";
    assert.deepEqual([elsewhere?.level, elsewhere?.text], ["attention", text]);
    const weighted = (weight: number) => ({ records: ["192.0.2.1"], weightedRoutingPolicies: [{ weight }] });
    assert.equal(said(weighted(90), weighted(10))?.text, text);
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
      assert.equal(said(before, after)?.level, "good", JSON.stringify([before, after]));
  });

  it("says of a migration once what runs, however often its function may be invoked", () => {
    const script = parseScript("0001_a.expand.sql", "-- needed-by: 1.0.0\n\nCREATE TABLE a (id int);\n");
    const step = (name: string, mustFinish: boolean) =>
      resource("aws:lambda/invocation:Invocation", name, {
        input: JSON.stringify({ phase: "expand", versions: ["1.0.0"], mustFinish }),
      });
    const head = graph(step("expand-1", false), step("expand-2", false), step("expand", true));
    const said = answer("migrations", graph(), head, { base: [], head: [script] });
    assert.match(said?.text ?? "", /^Migrations: expand runs 0001_a in up to 3 invocations\. While/);
    assert.deepEqual(said?.details, ["0001_a.expand.sql, needed by 1.0.0"]);
  });

  it("sees that an applied script was edited", () => {
    const script = (sql: string) => [parseScript("0001_a.expand.sql", `-- needed-by: 1.0.0\n\n${sql}\n`)];
    const step = resource("aws:lambda/invocation:Invocation", "expand", {
      input: JSON.stringify({ phase: "expand", versions: ["1.0.0"] }),
    });
    const [base, head] = [script("CREATE TABLE a (id int);"), script("CREATE TABLE a (id bigint);")];
    const edited = answer("migrations", graph(step), graph(step), { base, head });
    assert.equal(edited?.level, "danger");
    assert.match(edited?.text ?? "", /0001_a\.expand\.sql/);
    const again = (versions: string[], more = head) => {
      const input = JSON.stringify({ phase: "expand", versions });
      return answer("migrations", graph(step), graph({ ...step, urn: `${step.urn}-2`, inputs: { input } }), {
        base,
        head: more,
      })?.text;
    };
    assert.match(
      again(["1.0.0"]) ?? "",
      /^Applied scripts were edited [^:]*: 0001_a\.expand\.sql\. .* new script\.$/,
    );
    const next = parseScript("0002_b.expand.sql", "-- needed-by: 1.1.0\n\nCREATE TABLE b (id int);\n");
    const text = again(["1.0.0", "1.1.0"], [...head, next]) ?? "";
    assert.match(text, /^Applied scripts were edited .* new script\. Migrations: expand runs 0002_b\.$/);
    assert.equal(again(["1.0.0"], base), "Migrations: expand runs again and finds nothing new.");
    assert.equal(
      answer("migrations", graph(step), graph(step), { base, head: base })?.text,
      "No migration runs.",
    );
  });

  describe("of migrations that their function would refuse", () => {
    const scripts = [
      parseScript("0001_a.expand.sql", "-- needed-by: 1.0.0\n\nCREATE TABLE a (id int, b int);\n"),
      parseScript("0001_a.contract.sql", "-- dead-from: 1.1.0\n\nALTER TABLE a DROP COLUMN b;\n"),
    ];
    const step = (input: object) =>
      resource("aws:lambda/invocation:Invocation", "step", { input: JSON.stringify(input) });
    const contract = (through: string, ...versions: string[]) => {
      const serving = versions.map((version, index) => ({ color: index === 0 ? "blue" : "green", version }));
      return graph(step({ phase: "contract", through, serving }));
    };
    const said = (base: Graph, head: Graph, more = scripts) => {
      const { level, text } = answer("migrations", base, head, { base: scripts, head: more }) ?? {};
      return [level, text];
    };
    const refused = "The migration function would refuse, and the update end there: ";

    it("names the color that can still serve what a contract would break", () => {
      const tooEarly = `${refused}0001_a removes what 1.0.0 needs, and blue can still serve 1.0.0.`;
      assert.deepEqual(said(graph(), contract("0001_a", "1.0.0", "1.1.0")), ["danger", tooEarly]);
      assert.deepEqual(said(graph(), contract("0001_a", "1.1.0")), [
        "attention",
        "Migrations: contract runs 0001_a.",
      ]);
      const done = contract("0001_a", "1.1.0");
      const again = said(done, contract("0001_a", "1.0.0", "1.1.0"));
      assert.match(again[1] ?? "", /finds nothing new/, "what is applied is not asked for again");
      const unknown = `${refused}there is no contract script 0002_b.`;
      assert.deepEqual(said(graph(), contract("0002_b", "1.1.0")), ["danger", unknown]);
    });

    it("names the version that what is contracted rules out", () => {
      const expand = (...versions: string[]) => graph(step({ phase: "expand", versions }));
      const removed = `${refused}0001_a has removed what 1.0.0 needs, which is among the versions of the step.`;
      const contracted = contract("0001_a", "1.1.0");
      assert.deepEqual(said(contracted, expand("1.0.0", "1.1.0")), ["danger", removed]);
      assert.equal(said(contracted, expand("1.1.0", "1.2.0"))[0], "info");
      assert.equal(said(expand("1.0.0"), expand("1.0.0", "1.1.0"))[0], "info");
    });

    it("is silent where nobody knows which scripts the function has", () => {
      const another = parseScript("0001_z.contract.sql", "-- dead-from: 3.0.0\n\nDROP TABLE z;\n");
      assert.equal(said(graph(), contract("0001_a", "1.0.0"), [...scripts, another])[0], "attention");
      assert.equal(said(graph(), contract("0001_a", "1.0.0"), [])[0], "attention");
    });
  });

  it("never shows a secret", () => {
    const secret = (text: string) => bucket({ bucketPrefix: new Secret(text) });
    const identity = { project: "p", stack: "dev", base: { ref: "a" }, head: { ref: "b" } };
    const comparison = compareGraphs(graph(secret("hunter2")), graph(secret("hunter3")));
    assert.doesNotMatch(JSON.stringify(reportOf(comparison, identity)), /hunter/);
  });
});
