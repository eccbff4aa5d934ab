import assert from "node:assert/strict";
import { join, relative } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { before, describe, it } from "mocha";
import { bundleLambda, lambdaNames } from "../../build/bundle";
import {
  ArtifactStore,
  BlueGreenFleet,
  Certificate,
  type Color,
  Database,
  DatabaseAlarms,
  DatabaseLogin,
  DrainCheck,
  type FleetArgs,
  FleetColor,
  Gate,
  GateCheck,
  LoadBalancer,
  Migration,
  MigrationPhase,
  MigrationStep,
  Network,
  ProductionRule,
  ReleaseAlarms,
  ShiftKind,
  Watch,
  WatchStep,
} from "../../components";
import { PLACEHOLDERS } from "./validation/placeholders";

const scriptsDirectory = relative(process.cwd(), join(__dirname, "../../app/migrations"));
const made: pulumi.runtime.MockResourceArgs[] = [];

const LISTENER = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/theirs/1/2";

/** The mocks of Pulumi's documentation, with the values that the components read from AWS. */
const MOCKS: pulumi.runtime.Mocks = {
  newResource: (args) => {
    made.push(args);
    const { name, inputs } = args;
    const state = { ...inputs, arn: `${name}_arn`, domainValidationOptions: [{ resourceRecordName: name }] };
    return { id: `${name}_id`, state };
  },
  call: ({ inputs }) => ({ ...inputs, names: ["a", "b", "c"], region: "here" }),
};

function inputsOf(type: string, name: string) {
  const [found, ...more] = made.filter((each) => each.type === type && each.name === name);
  assert.ok(found && more.length === 0, `${type} ${name}`);
  return found.inputs;
}

/**
 * Declares every component, with each text that has a format.
 * @param input makes a value that may be an output
 * @param plain makes a value that is known before apply
 */
function declareAll(
  name: string,
  input: () => pulumi.Input<string>,
  plain: (usual: string) => string,
): pulumi.Output<unknown> {
  // Pulumi accepts undefined values in a map.
  const tags = { team: input(), costCenter: undefined as unknown as string };
  const ground = { vpcId: input(), subnetIds: [input(), input()], tags };
  const step = { functionName: input(), functionVersion: input() };
  const gateFunction = { ...step, timeoutSeconds: 60 };
  const calls = [{ name: plain("database"), securityGroupId: input(), port: 5432 }];
  const release = { color: "blue", version: plain("1.0.0") } as const;
  // A StackReference gives a whole list as an output.
  const lists = { publicSubnetIds: pulumi.output(ground.subnetIds), privateSubnetIds: ground.subnetIds };
  const network = new Network(name, {
    vpcId: ground.vpcId,
    ...lists,
    databaseSubnetIds: ground.subnetIds,
    tags,
  });
  const ownNetwork = new Network(`${name}-made`, { cidr: plain("10.0.0.0/16"), tags });
  const artifact = { key: plain("web/1.0.0.js"), file: plain("web.js") };
  const store = new ArtifactStore(name, { artifacts: [artifact], tags });
  const domainName = input();
  const certificate = new Certificate(name, { domainName, hostedZoneId: input(), tags });
  const balancer = new LoadBalancer(name, {
    ...ground,
    domainName,
    hostedZoneId: input(),
    accessLogsBucket: input(),
    allowedCidrs: [plain("10.0.0.0/16"), input()],
  });
  new LoadBalancer(`${name}-own`, { ...ground, certificateArn: input() });
  const fleet = new BlueGreenFleet(name, {
    vpcId: ground.vpcId,
    tier: input(),
    listenerArn: input(),
    loadBalancerSecurityGroupId: input(),
    colorToken: input(),
    calls,
    healthCheckPath: plain("/healthz"),
    instancePolicy: input(),
    tags,
  });
  const targetGroupArns = { blue: input(), green: input() };
  const outputs = { targetGroupArns, securityGroupId: input(), instanceProfileArn: input(), tier: input() };
  for (const [color, of] of Object.entries({ blue: fleet, green: outputs }) as [Color, FleetArgs][]) {
    new FleetColor(`${name}-${color}`, {
      fleet: of,
      color,
      version: plain("1.0.0"),
      userData: input(),
      subnetIds: ground.subnetIds,
      instanceType: input(),
      imageId: input(),
      tags,
    });
  }
  const database = new Database(name, {
    ...ground,
    databaseName: plain("shop"),
    engineMajorVersion: plain("18"),
    instanceClass: input(),
  });
  const migration = new Migration(name, {
    ...ground,
    scriptsDirectory,
    database: {
      address: input(),
      port: database.port,
      databaseName: input(),
      securityGroupId: input(),
      masterSecretArn: input(),
      applicationSecretArn: input(),
      loginSecretArns: [input()],
      secretKmsKeyArns: [input()],
    },
  });
  new MigrationStep(`${name}-expand`, {
    migration: step,
    phase: MigrationPhase.Expand,
    versions: [release.version],
    logins: [
      new DatabaseLogin(`${name}-login`, { username: plain("shop_green"), deployment: release.version }),
    ],
  });
  new MigrationStep(`${name}-retire`, {
    migration: step,
    phase: MigrationPhase.Retire,
    retiredRoles: [plain("shop_blue")],
  });
  new MigrationStep(`${name}-contract`, {
    migration: step,
    phase: MigrationPhase.Contract,
    through: plain("0001_base"),
    serving: [release],
    applicationName: plain("shop"),
  });
  const gate = new Gate(name, { ...ground, calls });
  const targetGroupArn = input();
  const tier = {
    ...{
      tier: plain("web"),
      targetGroupArn,
      otherTargetGroupArn: input(),
      url: input(),
      headers: { "x-changeover-color": "blue" },
    },
    ...{ serverName: domainName, minHealthy: 1 },
  };
  new GateCheck(`${name}-check`, { gate: gateFunction, ...release, tiers: [tier] });
  const drained = { tier: plain("web"), targetGroupArn, drainSeconds: 60 };
  const groupName = input();
  new GateCheck(`${name}-full`, {
    gate: gateFunction,
    ...release,
    alarms: [input()],
    checks: [{ name: plain("smoke"), url: plain("https://shop.example.com/smoke") }],
    servedUntil: input(),
    tiers: [{ ...tier, autoScalingGroupName: groupName, maxInstances: 6, readinessPath: plain("/readyz") }],
  });
  new DrainCheck(`${name}-drained`, { gate: step, ...release, ...drained });
  const rule = new ProductionRule(name, {
    listenerArn: input(),
    targetGroupArns: { blue: input(), green: input() },
    weights: { blue: 1, green: 0 },
    record: { serial: 2, kind: ShiftKind.Shift, actor: plain("alice") },
    tags,
  });
  const watch = new Watch(name, { ...ground, ruleArn: rule.arn, topicArns: [input()] });
  new WatchStep(`${name}-bake`, {
    watch: step,
    ruleArn: input(),
    serial: 2,
    ...release,
    weights: { blue: 1, green: 0 },
    weightsBefore: { blue: 0, green: 1 },
    targetGroupArns,
    bakeMinutes: 30,
    alarms: pulumi.output([input()]),
    hold: [groupName],
    gateResult: input(),
  });
  const alarms = new ReleaseAlarms(name, {
    tiers: [
      {
        tier: plain("web"),
        loadBalancerArnSuffix: input(),
        blueTargetGroupArnSuffix: input(),
        greenTargetGroupArnSuffix: input(),
      },
    ],
    topicArns: pulumi.output([input()]),
    tags,
  });
  const databaseAlarms = new DatabaseAlarms(`${name}-database`, {
    identifier: input(),
    connections: 100,
    topicArns: pulumi.output([input()]),
    tags,
  });
  const ids = [network.vpcId, ownNetwork.vpcId, store.bucketName, certificate.arn, balancer.listenerArn];
  const more = [
    fleet.targetGroupArns.blue,
    migration.functionVersion,
    gate.functionVersion,
    rule.arn,
    watch.functionVersion,
  ];
  return pulumi.all([
    ...ids,
    ...more,
    alarms.dashboardName,
    databaseAlarms.urn,
    database.applicationSecretArn,
  ]);
}

/** Waits for an output, as a unit test does. */
function settled(output: pulumi.Output<unknown>): Promise<unknown> {
  return new Promise((resolve) => output.apply(resolve));
}

describe("unit tests with mocks", () => {
  before(async function () {
    this.timeout(60_000);
    for (const name of lambdaNames()) bundleLambda(name);
    await pulumi.runtime.setMocks(MOCKS);
  });

  it("mocks: resources may have ids and ARNs that are not valid in AWS", async function () {
    this.timeout(60_000);
    const { id } = new aws.ec2.Vpc("theirs");
    await settled(
      declareAll(
        "shop",
        () => id,
        (usual) => usual,
      ),
    );
    assert.equal(inputsOf("aws:lb/listenerRule:ListenerRule", "shop-production").listenerArn, "theirs_id");
    assert.equal(inputsOf("aws:lb/targetGroup:TargetGroup", "shop-blue").vpcId, "theirs_id");
  });

  it("mocks: tags may be an output, and are merged with those of the component", async function () {
    this.timeout(60_000);
    const fleet = new BlueGreenFleet("tagged", {
      vpcId: "vpc-1",
      listenerArn: LISTENER,
      loadBalancerSecurityGroupId: "sg-1",
    });
    const blue = new FleetColor("tagged-blue", {
      fleet,
      color: "blue",
      version: "1.0.0",
      userData: "",
      subnetIds: ["subnet-1"],
      tags: pulumi.output({ team: "checkout", Name: "ours" }),
    });
    await settled(blue.autoScalingGroupName);
    const tags = {
      Name: "ours",
      "changeover:color": "blue",
      "changeover:version": "1.0.0",
      team: "checkout",
    };
    assert.deepEqual(inputsOf("aws:ec2/launchTemplate:LaunchTemplate", "tagged-blue-1.0.0").tags, tags);
    assert.deepEqual(
      inputsOf("aws:autoscaling/group:Group", "tagged-blue").tags,
      Object.entries({ ...tags, "changeover:stack": "project/stack" }).map(([key, value]) => ({
        ...{ key, value, propagateAtLaunch: false },
      })),
    );
  });

  it("mocks: secretKmsKeyArns may be an output without keys, and then there is no statement for them", async function () {
    this.timeout(60_000);
    const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}`;
    const database = {
      ...{ address: "db", port: 5432, databaseName: "db", securityGroupId: "sg-1" },
      ...{ masterSecretArn: arn("owner"), applicationSecretArn: arn("app") },
    };
    const without = {
      keyless: { ...database, secretKmsKeyArns: [] },
      "keyless-later": { ...database, secretKmsKeyArns: pulumi.output([]) },
      // A missing property of a StackReference is an output too.
      "keyless-whole": pulumi.output(database),
    };
    for (const [name, each] of Object.entries(without)) {
      const { functionVersion } = new Migration(name, {
        vpcId: "vpc-1",
        subnetIds: ["subnet-1"],
        scriptsDirectory,
        database: each,
      });
      await settled(functionVersion);
      const { policy } = inputsOf("aws:iam/rolePolicy:RolePolicy", `${name}-migrate`);
      const actions = JSON.parse(policy).Statement.map(({ Action }: { Action: string }) => Action);
      assert.deepEqual(actions, ["secretsmanager:GetSecretValue"], name);
    }
  });

  for (const [index, text] of PLACEHOLDERS.entries()) {
    it(`mocks: args may be the placeholder ${text}`, async function () {
      this.timeout(60_000);
      const name = `previewed-${index}`;
      await settled(
        declareAll(
          name,
          () => text,
          () => text,
        ),
      );
      assert.equal(inputsOf("aws:lb/targetGroup:TargetGroup", `${name}-blue`).vpcId, text);
    });
  }
});
