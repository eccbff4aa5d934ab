import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { after, before, describe, it } from "mocha";
import { bundleLambda, lambdaNames } from "../../../build/bundle";
import type { Graph } from "../../../engine/program/graph";
import { AssetValue } from "../../../engine/values/values";
import { readEvent as readGateEvent } from "../../../lambda/gate/event";
import { readEvent } from "../../../lambda/watch/event";
import type { Declared } from "../../support/declared";
import { type Config, changesOf, declare, PaperStack } from "../../support/stack";

const fixture = (project: string) => ({ directory: join(__dirname, "fixtures", project), project });

const THEIR_LISTENER = "arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:listener/app/theirs/1/2";

describe("components on their own", () => {
  let graph: Graph;
  let declared: Declared;
  before(async function () {
    this.timeout(60_000);
    // A fresh checkout has no bundles.
    for (const name of lambdaNames()) bundleLambda(name);
    ({ graph, declared } = await declare({}, fixture("alone")));
  });

  it("network: declares nothing for an existing VPC, and has its ids as outputs", () => {
    const ofNetwork = graph.resources.filter(({ parent }) => parent?.includes("changeover:index:Network"));
    assert.deepEqual(ofNetwork, []);
    assert.equal(graph.outputs.vpc, "vpc-1");
  });

  it("fleet: has a test rule for each color behind an existing listener, and instances for one color", () => {
    for (const [color, priority] of [
      ["blue", 200],
      ["green", 201],
    ]) {
      const { inputs } = declared.get("lb/listenerRule:ListenerRule", `shop-${color}`);
      assert.deepEqual([inputs.listenerArn, inputs.priority], [THEIR_LISTENER, priority]);
      const [byColor, ...more] = inputs.conditions;
      assert.deepEqual([byColor.httpHeader.values, more], [[color], []]);
      const group = declared.get("lb/targetGroup:TargetGroup", `shop-${color}`).inputs;
      assert.deepEqual([group.port, group.healthCheck.path, group.healthCheck.timeout], [3000, "/ready", 4]);
    }
    const groups = declared.of("autoscaling/group:Group").map(({ name }) => name);
    assert.deepEqual(
      groups.filter((name) => name.startsWith("shop")),
      ["shop-green"],
    );
    const template = declared.get("ec2/launchTemplate:LaunchTemplate", "shop-green-2.0.0").inputs;
    assert.equal(Buffer.from(template.userData, "base64").toString(), "#!/bin/sh\necho green\n");
    assert.deepEqual([template.imageId, template.instanceType], ["ami-0123456789abcdef0", "m7i.large"]);
    const admitted = declared.get("vpc/securityGroupIngressRule:SecurityGroupIngressRule", "shop-in").inputs;
    assert.deepEqual([admitted.referencedSecurityGroupId, admitted.fromPort], ["sg-their-balancer", 3000]);
    assert.deepEqual(graph.outputs.headers, { "x-changeover-color": "green" });
  });

  it("fleet color: derives its timeouts from startupSeconds, and has at most 1000 instances", () => {
    const timings = (name: string) => {
      const { inputs } = declared.get("autoscaling/group:Group", name);
      const { healthCheckGracePeriod, defaultInstanceWarmup, waitForCapacityTimeout, maxSize } = inputs;
      return [healthCheckGracePeriod, defaultInstanceWarmup, waitForCapacityTimeout, maxSize];
    };
    assert.deepEqual(timings("slow-green"), [900, 900, "30m", 1000]);
    assert.deepEqual(timings("shop-green"), [300, 180, "10m", 6]);
  });

  it("alarms: the composite alarm has every alarm in its rule", () => {
    const { alarmRule } = declared.get(
      "cloudwatch/compositeAlarm:CompositeAlarm",
      "theirs-release-bad",
    ).inputs;
    const alarms = declared.of("cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => inputs.name);
    assert.ok(alarms.includes("theirs-shop-blue-errors-1a2b3c4"));
    assert.deepEqual(alarmRule.split(" OR ").sort(), alarms.map((name) => `ALARM("${name}")`).sort());
  });

  it("alarms: an unhealthy target is an alarm after startupSeconds, and not before five minutes", () => {
    const minutes = (name: string) =>
      declared.get("cloudwatch/metricAlarm:MetricAlarm", name).inputs.evaluationPeriods;
    assert.deepEqual(
      [minutes("theirs-shop-blue-unhealthy"), minutes("theirs-slow-green-unhealthy")],
      [5, 15],
    );
  });

  it("fleet color: instances depend on dependsOn of their own color only", () => {
    const expand = declared.get("lambda/invocation:Invocation", "ledger-expand");
    const [blue, green] = ["slow-blue", "slow-green"].map((name) =>
      declared.get("autoscaling/group:Group", name),
    );
    assert.ok(blue && green);
    declared.assertChain(expand, green);
    assert.throws(() => declared.assertChain(expand, blue));
  });

  it("production rule: lists the target groups with a weight above 0", () => {
    const { inputs, protect } = declared.get("lb/listenerRule:ListenerRule", "shop-production");
    assert.equal(inputs.priority, 300);
    assert.deepEqual(
      inputs.actions[0].forward.targetGroups.map(({ weight }: { weight: number }) => weight),
      [1],
    );
    assert.equal(protect, true);
  });

  it("production rule: has the record of the shift as tags, and its weights as output", () => {
    const { tags } = declared.get("lb/listenerRule:ListenerRule", "shop-production").inputs;
    assert.deepEqual(tags, {
      Name: "shop-production",
      "changeover:serial": "4",
      "changeover:kind": "shift",
      "changeover:actor": "alice",
      "changeover:reason": "release 2.0.0",
    });
    assert.deepEqual(graph.outputs.weights, { blue: 0, green: 1 });
  });

  it("gate: may raise groups of its stack only, and send what it was given", () => {
    const { policy } = declared.get("iam/rolePolicy:RolePolicy", "look-gate").inputs;
    const { Statement } = JSON.parse(policy);
    const allowing = (action: string) =>
      Statement.find(({ Action }: { Action: string | string[] }) => [Action].flat().includes(action));
    for (const action of ["autoscaling:SetDesiredCapacity", "autoscaling:UpdateAutoScalingGroup"]) {
      assert.deepEqual(allowing(action).Condition, {
        StringEquals: { "aws:ResourceTag/changeover:stack": "alone/dev" },
      });
    }
    assert.deepEqual(allowing("events:PutEvents").Condition, {
      StringEquals: { "events:source": "changeover" },
    });
    assert.deepEqual(allowing("sns:Publish").Resource, ["arn:aws:sns:eu-central-1:123456789012:on-call"]);
    assert.deepEqual(allowing("lambda:InvokeFunction").Resource, [
      "arn:aws-cn:lambda:*:*:function:shop-smoke",
      "arn:aws-cn:lambda:*:*:function:shop-smoke:*",
      "arn:aws:lambda:eu-central-1:123456789012:function:orders",
      "arn:aws:lambda:eu-central-1:123456789012:function:orders:*",
    ]);
    assert.equal(allowing("elasticloadbalancing:ModifyRule"), undefined);
  });

  it("watch: may change the production rule only, and its groups' size", () => {
    const { policy } = declared.get("iam/rolePolicy:RolePolicy", "look-watch").inputs;
    const { Statement } = JSON.parse(policy);
    const changes = Statement.filter(
      ({ Action }: { Action: string | string[] }) =>
        ![Action].flat().every((action) => /:Describe/.test(action)),
    );
    assert.deepEqual(
      changes.map(({ Action, Resource, Condition }: Record<string, unknown>) => [
        Action,
        Resource,
        Condition,
      ]),
      [
        [
          [
            "elasticloadbalancing:ModifyRule",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
          ],
          graph.outputs.ruleArn,
          undefined,
        ],
        [
          "autoscaling:UpdateAutoScalingGroup",
          "*",
          { StringEquals: { "aws:ResourceTag/changeover:stack": "alone/dev" } },
        ],
        ["events:PutEvents", "*", { StringEquals: { "events:source": "changeover" } }],
      ],
    );
  });

  it("watch step: each 14 minutes are one invocation, and the last one has the name of the step", () => {
    const names = declared
      .of("lambda/invocation:Invocation")
      .filter(({ name }) => name.includes("bake"))
      .map(({ name, inputs }) => [name, JSON.parse(inputs.input).step, JSON.parse(inputs.input).steps]);
    assert.deepEqual(names, [
      ["bake", 1, 1],
      ["long-bake-1", 1, 3],
      ["long-bake-2", 2, 3],
      ["long-bake", 3, 3],
    ]);
    const chain = ["bake", "long-bake-1", "long-bake-2", "long-bake"].map((name) =>
      declared.get("lambda/invocation:Invocation", name),
    );
    declared.assertChain(declared.get("lb/listenerRule:ListenerRule", "shop-production"), ...chain);
    const { input } = chain[0]?.inputs ?? {};
    assert.ok(readEvent(JSON.parse(input)).hold.length === 1);
  });

  it("gate check: its input is one that the function reads", () => {
    const { input } = declared.get("lambda/invocation:Invocation", "look-shop").inputs;
    assert.equal(readGateEvent(JSON.parse(input)).tiers[0]?.minHealthy, 2);
  });

  it("migration: runs on an existing database", () => {
    const { environment, reservedConcurrentExecutions } = declared.get(
      "lambda/function:Function",
      "ledger-migrate",
    ).inputs;
    const { DATABASE_HOST, DATABASE_PORT, DATABASE_TLS } = environment.variables;
    assert.deepEqual([DATABASE_HOST, DATABASE_PORT, DATABASE_TLS], ["ledger.internal", "6432", "off"]);
    assert.equal(reservedConcurrentExecutions, undefined);
    const door = declared.get(
      "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "ledger-migrate-to-database",
    );
    assert.deepEqual([door.inputs.securityGroupId, door.inputs.fromPort], ["sg-their-database", 6432]);
    const policy = JSON.parse(declared.get("iam/rolePolicy:RolePolicy", "ledger-migrate").inputs.policy);
    assert.deepEqual(policy.Statement[1], {
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: ["arn:aws:kms:eu-central-1:123456789012:key/theirs"],
      Condition: { StringLike: { "kms:ViaService": "secretsmanager.*" } },
    });
    const step = declared.get("lambda/invocation:Invocation", "ledger-expand");
    declared.assertChain(door, step);
    assert.deepEqual(JSON.parse(step.inputs.input).versions, ["1.0.0"]);
  });

  it("migration step: a single invocation has the name of the step and must finish", () => {
    const names = declared
      .of("lambda/invocation:Invocation")
      .filter(({ name }) => name.startsWith("ledger-expand"))
      .map(({ name, inputs }) => [name, inputs.input]);
    assert.deepEqual(names, [["ledger-expand", '{"phase":"expand","versions":["1.0.0"],"mustFinish":true}']]);
  });

  it("migration step: several invocations are a chain, and only the last one must finish", () => {
    const chain = ["ledger-backfilled-1", "ledger-backfilled-2", "ledger-backfilled"].map((name) =>
      declared.get("lambda/invocation:Invocation", name),
    );
    const inputs = chain.map(({ inputs }) => JSON.parse(inputs.input));
    assert.deepEqual(
      inputs.map(({ mustFinish }) => mustFinish),
      [undefined, undefined, true],
    );
    for (const { mustFinish, ...input } of inputs) {
      assert.deepEqual(input, {
        phase: "contract",
        through: "0001_base",
        serving: [{ color: "green", version: "1.1.0" }],
        appName: "changeover",
      });
    }
    for (const { inputs } of chain) assert.deepEqual(inputs.triggers, chain[0]?.inputs.triggers);
    const rule = declared.get("lb/listenerRule:ListenerRule", "shop-production");
    const check = declared.get("lambda/invocation:Invocation", "look-shop");
    declared.assertChain(rule, ...chain, check);
  });

  it("gate check: checks existing targets, after its dependsOn", () => {
    const check = declared.get("lambda/invocation:Invocation", "look-shop");
    const { tiers, sharePercent, timeoutSeconds } = JSON.parse(check.inputs.input);
    assert.deepEqual([sharePercent, timeoutSeconds, tiers.length], [100, 60, 1]);
    assert.equal(tiers[0].url, "https://shop.example.com");
    declared.assertChain(declared.get("lambda/invocation:Invocation", "ledger-expand"), check);
  });

  it("load balancer: an internal one admits allowedCidrs only", () => {
    const admitted = declared
      .of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter(({ name }) => name.startsWith("office"))
      .map(({ inputs }) => [inputs.cidrIpv4, inputs.fromPort]);
    assert.deepEqual(admitted.sort(), [
      ["10.1.0.0/16", 443],
      ["10.1.0.0/16", 80],
      ["10.2.0.0/16", 443],
      ["10.2.0.0/16", 80],
    ]);
    assert.equal(graph.outputs.officeUrl, "https://office.elb.example");
    assert.equal(declared.get("lb/listener:Listener", "office-https").protect, false);
  });
});

/** The first words of the attempts. */
const COMPONENTS_WITH_ARGS = [
  ...[
    "alarms",
    "balancer",
    "bake",
    "certificate",
    "check",
    "color",
    "database",
    "databaseAlarms",
    "drain",
    "fleet",
  ],
  ...["gate", "login", "logs", "migration", "network", "rule", "step", "store", "watch"],
];

describe("invalid args of components", () => {
  let graph: Graph;
  let errors: Record<string, readonly pulumi.InputPropertyErrorDetails[]>;
  before(async function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "changeover-invalid-args-"));
    try {
      const combined = join(folder, "combined.pem");
      const block = (label: string) => `-----BEGIN ${label}-----\nMIIB\n-----END ${label}-----\n`;
      writeFileSync(combined, block("CERTIFICATE") + block("PRIVATE KEY"));
      ({ graph } = await declare({ combined, "aws:region": "eu-central-1" }, fixture("invalid-args")));
      errors = graph.outputs.errors as unknown as typeof errors;
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const reasonsOf = (attempt: string) => errors[attempt]?.map(({ reason }) => reason);

  it("invalid args: are rejected, each with its property path and one sentence", () => {
    const all = Object.entries(errors);
    assert.ok(all.length > 250);
    for (const component of COMPONENTS_WITH_ARGS)
      assert.ok(all.filter(([attempt]) => attempt.startsWith(`${component} `)).length >= 3, component);
    for (const [attempt, found] of all) {
      const key = attempt.split(" ").at(-1) ?? "";
      const paths = found.map(({ propertyPath }) => propertyPath);
      assert.ok(
        paths.some((path) => path.includes(key)),
        `${attempt}: ${paths.join(", ")}`,
      );
      for (const { propertyPath, reason } of found)
        assert.ok(
          reason.startsWith(`${propertyPath} must be `) && /, got .+[.?]$/.test(reason),
          `${attempt}: ${reason}`,
        );
    }
  });

  it("invalid args: are the only errors of their call", () => {
    const more = Object.entries(errors).filter(([, found]) => found.length > 1);
    assert.deepEqual(
      more.map(([attempt]) => attempt),
      [
        "certificate args in place of its name",
        "fleet calls",
        "network clash cidr",
        "step with an empty name",
        "store key",
      ],
    );
  });

  it("invalid args: include args of the other phase of a migration, and missing args of the phase", () => {
    assert.deepEqual(reasonsOf("step expand with through"), [
      'through must be omitted in the phase expand, got "0001_base". Remove through, or change the phase.',
    ]);
    assert.deepEqual(reasonsOf("step contract with versions"), [
      'versions must be omitted in the phase contract, got ["1.0.0"]. Remove versions, or change the phase.',
    ]);
    assert.deepEqual(reasonsOf("step versions"), [
      "versions must be given in the phase expand, got nothing. Give the versions of the colors.",
    ]);
    assert.deepEqual(reasonsOf("step empty serving"), [
      "serving must be given in the phase contract, got []. Give the serving colors.",
    ]);
  });

  it("invalid args: include tier names that make the composite alarm's rule too long", () => {
    const colorAlarms = ["blue", "green"].flatMap((color) => [
      `${color}-errors`,
      `${color}-slow`,
      `${color}-unhealthy`,
    ]);
    const tiers = Array.from({ length: 12 }, (_, index) => `${"t".repeat(80)}${index}`);
    const rule = tiers
      .flatMap((tier) =>
        [...colorAlarms, "refused", "silent"].map((alarm) => `ALARM("a-${tier}-${alarm}-1a2b3c4")`),
      )
      .join(" OR ");
    assert.match(
      reasonsOf("alarms long names of tiers")?.[0] ?? "",
      new RegExp(`got names with a rule of ${rule.length} characters\\. Give shorter names`),
    );
  });

  it("invalid args: include a second call of one port of a security group", () => {
    assert.deepEqual(reasonsOf("fleet two calls of one port: calls"), [
      "calls[1] must be the only call with this port and security group (AWS accepts only one rule for them), got port 5432 of " +
        "sg-1, as in calls[0]. Remove one of the two.",
    ]);
  });

  it("invalid args: include an artifact without its file", () => {
    assert.deepEqual(reasonsOf("store missing file"), [
      'artifacts[0].file must be a file that exists, relative to the program, got "dist/web.js". Build it, or give its ' +
        "path. Remove its key when no color uses it.",
    ]);
  });

  it("invalid args: are rejected before anything is declared", () => {
    assert.deepEqual(
      graph.resources.map(({ type }) => type),
      ["pulumi:pulumi:Stack"],
    );
  });
});

describe("retired color", function () {
  this.timeout(60_000);

  it("retired color: is scaled in only after the production rule took its traffic away", async () => {
    const { declared } = await declare({ blue: 0 }, fixture("retired"));
    const group = declared.get("autoscaling/group:Group", "shop-blue");
    const { minSize, maxSize, desiredCapacity } = group.inputs;
    assert.deepEqual([minSize, maxSize, desiredCapacity], [0, 0, 0]);
    declared.assertChain(declared.get("lb/listenerRule:ListenerRule", "shop-production"), group);
  });

  it("retired color: is rejected while the production rule gives it traffic", async () => {
    await assert.rejects(
      declare({ blue: 10 }, fixture("retired")),
      /weights\.blue must be 0 for the retired color blue, got 10\. Shift the traffic/,
    );
  });
});

describe("args of programs in other languages", () => {
  it("other languages: args are accepted, also when they are unknown until apply", async function () {
    this.timeout(60_000);
    const { declared } = await declare({}, fixture("plugin"), { isPreview: true });
    for (const type of [
      "BlueGreenFleet",
      "FleetColor",
      "ProductionRule",
      "Gate",
      "GateCheck",
      "Watch",
      "WatchStep",
    ]) {
      assert.ok(declared.of(`changeover:index:${type}`).length > 0, type);
    }
    assert.ok(declared.get("lambda/invocation:Invocation", "shop"));
  });
});

describe("network in a region", () => {
  let stack: PaperStack;
  before(() => {
    stack = new PaperStack(fixture("ground"));
  });

  it("network: keeps its zones when AWS lists others, and never uses a local zone", async function () {
    this.timeout(60_000);
    await stack.up({});
    const filters = stack.cloud.asked["aws:index/getAvailabilityZones:getAvailabilityZones"]?.filters;
    assert.deepEqual(filters, [{ name: "zone-type", values: ["availability-zone"] }]);
    stack.cloud.zones = ["eu-central-1b", "eu-central-1c", "eu-central-1d"];
    assert.deepEqual(changesOf(await stack.up({})), []);
  });

  it("network: rejects more zones than its region has", async function () {
    this.timeout(60_000);
    stack.cloud.zones = ["us-west-1a"];
    await assert.rejects(stack.up({}), {
      message:
        /Network: zoneCount must be at most 1 in this region, got 2\. Use fewer zones or another region\./,
    });
  });
});

describe("load balancer with and without encryption", () => {
  const ENCRYPTED = { certificate: "arn:aws:acm:eu-central-1:123456789012:certificate/1a2b3c4d" };
  const BOTH_WAYS = [
    "replace lb/listenerRule:ListenerRule shop-production",
    "update lb/listener:Listener shop-http",
  ];
  const ENCRYPTION = [
    "lb/listener:Listener shop-https",
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule shop-lb-in-443-from-0-0-0-0-0",
  ];
  let stack: PaperStack;
  before(() => {
    stack = new PaperStack(fixture("entrance"));
  });
  const changesIn = async (config: Config) =>
    changesOf(await stack.up(config)).filter((change) => !change.includes(" changeover:index:"));

  it("load balancer: keeps one listener on port 80 when encryption is added and removed", async function () {
    this.timeout(60_000);
    await stack.up({});
    const encrypt = [...ENCRYPTION.map((each) => `create ${each}`), ...BOTH_WAYS];
    assert.deepEqual(await changesIn(ENCRYPTED), encrypt);
    assert.deepEqual(await changesIn({}), [...ENCRYPTION.map((each) => `delete ${each}`), ...BOTH_WAYS]);
    assert.deepEqual(await changesIn(ENCRYPTED), encrypt);
  });

  it("load balancer: keeps the redirect listener of a former name", async function () {
    this.timeout(60_000);
    const former = stack.state.copy();
    const [urn] = [...former.resources.keys()].filter((each) =>
      each.endsWith("lb/listener:Listener::shop-http"),
    );
    assert.ok(urn);
    former.rename(urn, urn.replace("shop-http", "shop-redirect"));
    stack.restore(former);
    assert.deepEqual(await changesIn(ENCRYPTED), []);
    stack.restore(former);
    assert.ok((await changesIn({})).includes("update lb/listener:Listener shop-http"));
  });
});

describe("published artifact", () => {
  let folder: string;
  let stack: PaperStack;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-published-"));
    stack = new PaperStack(fixture("published"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("artifact store: does not upload a changed file again", async function () {
    this.timeout(60_000);
    const file = join(folder, "web.js");
    writeFileSync(file, "first");
    await stack.up({ file });
    const source = () =>
      stack.declared().get("s3/bucketObjectv2:BucketObjectv2", "store-web/1.0.0.js").raw.source;
    const first = source();
    writeFileSync(file, "second");
    assert.deepEqual(changesOf(await stack.up({ file })), []);
    const second = source();
    assert.ok(first instanceof AssetValue && second instanceof AssetValue);
    assert.equal(second.hash, first.hash);
  });
});
