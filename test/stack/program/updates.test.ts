import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { releaseControl } from "../../../traffic/control";
import { differences } from "../../support/declared";
import { changesOf } from "../../support/stack";
import { devUpdates } from "./stacks";

const RULE = "lb/listenerRule:ListenerRule dev-edge-production";
const LIVE_GATE = "lambda/invocation:Invocation dev-gate-live";
/** The password of a color's login is new with each deployment. */
const newPassword = (color: string) => [
  `replace random:index/randomPassword:RandomPassword dev-${color}-login`,
  `replace secretsmanager/secretVersion:SecretVersion dev-${color}-login`,
];
const FLIP = [`replace ${LIVE_GATE}`, `update ${RULE}`];

describe("updates of a stack", () => {
  let updates: Awaited<ReturnType<typeof devUpdates>>;
  before(async function () {
    this.timeout(180_000);
    updates = await devUpdates();
  });

  it("update: a second one changes nothing", () => {
    assert.deepEqual(changesOf(updates.again), []);
  });

  it("update: a deployment to the idle color changes nothing of the live one", () => {
    assert.deepEqual(changesOf(updates.deployed.result), [
      "create autoscaling/group:Group dev-app-green",
      "create autoscaling/group:Group dev-web-green",
      "create autoscaling/policy:Policy dev-app-green",
      "create autoscaling/policy:Policy dev-web-green",
      "create changeover:index:FleetColor dev-app-green",
      "create changeover:index:FleetColor dev-web-green",
      "create ec2/launchTemplate:LaunchTemplate dev-app-green-1.1.0",
      "create ec2/launchTemplate:LaunchTemplate dev-web-green-1.1.0",
      "create iam/rolePolicy:RolePolicy dev-app-green-1.1.0",
      "create iam/rolePolicy:RolePolicy dev-web-green-1.1.0",
      // Its scripts have a backfill, which may need more than one invocation; those of 1.0.0 have none.
      "create lambda/invocation:Invocation dev-expand-1",
      "create lambda/invocation:Invocation dev-expand-2",
      "create lambda/invocation:Invocation dev-expand-3",
      "create s3/bucketObjectv2:BucketObjectv2 dev-app/1.1.0.js",
      "create s3/bucketObjectv2:BucketObjectv2 dev-web/1.1.0.js",
      "replace lambda/invocation:Invocation dev-expand",
      ...newPassword("green"),
      "update changeover:index:ArtifactStore dev",
      "update changeover:index:DatabaseLogin dev-green",
    ]);
  });

  it("update: a new version replaces the idle color's groups", () => {
    assert.deepEqual(changesOf(updates.redeployed), [
      "create ec2/launchTemplate:LaunchTemplate dev-app-blue-1.2.0",
      "create ec2/launchTemplate:LaunchTemplate dev-web-blue-1.2.0",
      "create iam/rolePolicy:RolePolicy dev-app-blue-1.2.0",
      "create iam/rolePolicy:RolePolicy dev-web-blue-1.2.0",
      "create s3/bucketObjectv2:BucketObjectv2 dev-app/1.2.0.js",
      "create s3/bucketObjectv2:BucketObjectv2 dev-web/1.2.0.js",
      "delete ec2/launchTemplate:LaunchTemplate dev-app-blue-1.0.0",
      "delete ec2/launchTemplate:LaunchTemplate dev-web-blue-1.0.0",
      "delete iam/rolePolicy:RolePolicy dev-app-blue-1.0.0",
      "delete iam/rolePolicy:RolePolicy dev-web-blue-1.0.0",
      "delete s3/bucketObjectv2:BucketObjectv2 dev-app/1.0.0.js",
      "delete s3/bucketObjectv2:BucketObjectv2 dev-web/1.0.0.js",
      "replace autoscaling/group:Group dev-app-blue",
      "replace autoscaling/group:Group dev-web-blue",
      "replace autoscaling/policy:Policy dev-app-blue",
      "replace autoscaling/policy:Policy dev-web-blue",
      "replace lambda/invocation:Invocation dev-expand",
      "replace lambda/invocation:Invocation dev-expand-1",
      "replace lambda/invocation:Invocation dev-expand-2",
      "replace lambda/invocation:Invocation dev-expand-3",
      ...newPassword("blue"),
      "update changeover:index:ArtifactStore dev",
      "update changeover:index:DatabaseLogin dev-blue",
      "update changeover:index:FleetColor dev-app-blue",
      "update changeover:index:FleetColor dev-web-blue",
    ]);
  });

  it("update: a canary adds a gate check and changes the production rule", () => {
    assert.deepEqual(differences(updates.deployed.declared, updates.toCanary.declared), [
      `change ${RULE}`,
      "create lambda/invocation:Invocation dev-gate-canary",
    ]);
  });

  it("update: a flip changes the gate check and the production rule", () => {
    assert.deepEqual(changesOf(updates.flipped.result), FLIP);
  });

  it("update: a rollback changes the same two", () => {
    assert.deepEqual(changesOf(updates.back), FLIP);
  });

  it("update: the trigger of a gate check is the number of the shift", () => {
    const { triggers } = updates.flipped.declared.get("lambda/invocation:Invocation", "dev-gate-live").inputs;
    assert.deepEqual(triggers, { color: "green", version: "1.1.0", serial: "2" });
  });

  it("update: a retirement scales in the groups and keeps target groups and rules", () => {
    assert.deepEqual(changesOf(updates.retired.result), [
      "create changeover:index:DrainCheck dev-drained-blue",
      "create changeover:index:MigrationStep dev-retire-blue",
      "create lambda/invocation:Invocation dev-drained-blue",
      "create lambda/invocation:Invocation dev-retire-blue",
      "delete autoscaling/policy:Policy dev-app-blue",
      "delete autoscaling/policy:Policy dev-web-blue",
      // The step sets the logins of the colors with instances.
      "replace lambda/invocation:Invocation dev-expand-1",
      "update autoscaling/group:Group dev-app-blue",
      "update autoscaling/group:Group dev-web-blue",
      "update changeover:index:FleetColor dev-app-blue",
      "update changeover:index:FleetColor dev-web-blue",
    ]);
    const { inputs } = updates.retired.declared.get("autoscaling/group:Group", "dev-web-blue");
    assert.deepEqual([inputs.minSize, inputs.maxSize, inputs.desiredCapacity], [0, 0, 0]);
    assert.equal(inputs.minElbCapacity, undefined);
  });

  it("update: a retired color's login ends after its instances and before a contract, and is set no more", () => {
    const { declared } = updates.contracted;
    const retire = declared.get("lambda/invocation:Invocation", "dev-retire-blue");
    assert.deepEqual(JSON.parse(retire.inputs.input), {
      phase: "retire",
      retiredRoles: ["changeover_blue", "changeover_app"],
    });
    declared.assertChain(declared.get("autoscaling/group:Group", "dev-app-blue"), retire);
    const contract = declared.get("lambda/invocation:Invocation", "dev-contract");
    declared.assertChain(retire, contract);
    assert.deepEqual(JSON.parse(contract.inputs.input).retiredRoles, ["changeover_blue", "changeover_app"]);
    const loginsOf = ({ inputs }: { inputs: { input: string } }) =>
      JSON.parse(inputs.input).logins.map(({ secretArn }: { secretArn: string }) =>
        secretArn.split("-").at(-2),
      );
    const expand = (update: typeof updates.retired) =>
      update.declared.get("lambda/invocation:Invocation", "dev-expand-1");
    assert.deepEqual(loginsOf(expand(updates.flipped)), ["blue", "green"]);
    assert.deepEqual(loginsOf(expand(updates.retired)), ["green"]);
  });

  it("update: the expand step knows which passwords it sets, and no password", () => {
    const { declared } = updates.deployed;
    const { inputs } = declared.get("lambda/invocation:Invocation", "dev-expand-1");
    const idsOf = ({ input }: { input: string }) =>
      JSON.parse(input).logins.map(({ secretVersionId }: { secretVersionId: string }) => secretVersionId);
    const [blue, green] = idsOf(inputs);
    assert.notEqual(blue, green);
    // The deployment of green changed no password of blue.
    assert.deepEqual(idsOf(updates.first.declared.get("lambda/invocation:Invocation", "dev-expand").inputs), [
      blue,
    ]);
    assert.doesNotMatch(inputs.input, /hidden/);
    // Only one invocation of a chain sets the logins.
    const last = declared.get("lambda/invocation:Invocation", "dev-expand").inputs.input;
    assert.deepEqual(JSON.parse(last).logins, []);
  });

  it("update: a contract adds one step, expands for the compatible versions only, and closes rollback", () => {
    const changes = changesOf(updates.contracted.result);
    const repeated = changes.filter((change) =>
      /^replace lambda\/invocation:Invocation dev-expand/.test(change),
    );
    assert.ok(repeated.length > 0);
    const expand = updates.contracted.declared.get("lambda/invocation:Invocation", "dev-expand");
    assert.deepEqual(JSON.parse(expand.inputs.input).versions, ["1.1.0"]);
    assert.deepEqual(
      changes.filter((change) => !repeated.includes(change)),
      [
        "create changeover:index:MigrationStep dev-contract",
        "create lambda/invocation:Invocation dev-contract",
      ],
    );
    const step = updates.contracted.declared.get("lambda/invocation:Invocation", "dev-contract");
    const { phase, through, serving, appName } = JSON.parse(step.inputs.input);
    assert.deepEqual(
      { phase, through, serving, appName },
      {
        phase: "contract",
        through: "0002_split_name",
        serving: [{ color: "green", version: "1.1.0" }],
        appName: "changeover",
      },
    );
    const { rollback } = updates.contracted.result.outputs as {
      rollback: { open: boolean; closedBy: string[] };
    };
    assert.deepEqual([rollback.open, rollback.closedBy], [false, ["0002_split_name"]]);
  });

  it("update: the outputs have live color, weights, versions, the test of the idle color, and rollback", () => {
    const { url, live, weights, versions, idle, rollback, release, control } = updates.deployed.result
      .outputs as Record<
      string,
      // biome-ignore lint/suspicious/noExplicitAny: outputs of many shapes.
      any
    >;
    assert.equal(url, "http://dev-edge.elb.example");
    assert.equal(live, "blue");
    assert.deepEqual(weights, { blue: 100, green: 0 });
    assert.deepEqual(versions, { blue: "1.0.0", green: "1.1.0" });
    assert.deepEqual([idle.color, idle.url], ["green", url]);
    assert.deepEqual([rollback.open, rollback.color], [true, "green"]);
    assert.deepEqual([release.live, release.versions, release.serial], ["blue", versions, 1]);
    const { tiers, alarms, migrations, bakeMinutes } = releaseControl.parse(control);
    assert.match(tiers.web.green.targetGroupArn, /targetgroup\/dev-web-green$/);
    assert.match(tiers.web.green.autoScalingGroupName ?? "", /^dev-web-green/);
    assert.equal(tiers.app.blue.alarms.length, 3);
    assert.match(alarms.join(), /^dev-release-bad/);
    assert.equal(migrations.pending[0], "0002_split_name.contract.sql");
    assert.equal(bakeMinutes, 0);
  });

  it("update: pulumi destroy deletes all resources of an unprotected stack", () => {
    assert.deepEqual(updates.destroyed.declared.names, []);
    const created = updates.first.result.steps.filter(({ custom }) => custom).length;
    assert.ok(updates.destroyed.changes.length > created, "some resources were not deleted");
    const position = (name: string) => updates.destroyed.changes.findIndex((change) => change.endsWith(name));
    assert.ok(position(" dev-edge-production") < position("Group dev-web-green"));
    assert.ok(position("Group dev-web-green") < position("Instance dev"));
  });
});
