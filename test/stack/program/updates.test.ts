import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { differences } from "../../support/declared";
import { changesOf } from "../../support/stack";
import { story } from "./stacks";

const RULE = "lb/listenerRule:ListenerRule dev-edge-production";
const LIVE_GATE = "lambda/invocation:Invocation dev-gate-live";
const FLIP = [`replace ${LIVE_GATE}`, `update ${RULE}`];

describe("an update", () => {
  let chapters: Awaited<ReturnType<typeof story>>;
  before(async function () {
    this.timeout(180_000);
    chapters = await story();
  });

  it("changes nothing when it is made again", () => {
    assert.deepEqual(changesOf(chapters.again), []);
  });

  it("deploys a version to the idle color and touches nothing of the live one", () => {
    assert.deepEqual(changesOf(chapters.deployed.result), [
      "create autoscaling/group:Group dev-app-green",
      "create autoscaling/group:Group dev-web-green",
      "create autoscaling/policy:Policy dev-app-green",
      "create autoscaling/policy:Policy dev-web-green",
      "create changeover:index:FleetColor dev-app-green",
      "create changeover:index:FleetColor dev-web-green",
      "create ec2/launchTemplate:LaunchTemplate dev-app-green",
      "create ec2/launchTemplate:LaunchTemplate dev-web-green",
      // Its scripts have a backfill, which may need more than one invocation; those of 1.0.0 have none.
      "create lambda/invocation:Invocation dev-expand-1",
      "create lambda/invocation:Invocation dev-expand-2",
      "create lambda/invocation:Invocation dev-expand-3",
      "create s3/bucketObjectv2:BucketObjectv2 dev-app/1.1.0.js",
      "create s3/bucketObjectv2:BucketObjectv2 dev-web/1.1.0.js",
      "replace lambda/invocation:Invocation dev-expand",
      "update changeover:index:ArtifactStore dev",
    ]);
  });

  it("replaces the idle color's servers as a whole when their version changes", () => {
    assert.deepEqual(changesOf(chapters.redeployed), [
      "create s3/bucketObjectv2:BucketObjectv2 dev-app/1.2.0.js",
      "create s3/bucketObjectv2:BucketObjectv2 dev-web/1.2.0.js",
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
      "update changeover:index:ArtifactStore dev",
      "update changeover:index:FleetColor dev-app-blue",
      "update changeover:index:FleetColor dev-web-blue",
      "update ec2/launchTemplate:LaunchTemplate dev-app-blue",
      "update ec2/launchTemplate:LaunchTemplate dev-web-blue",
    ]);
  });

  it("adds a look at the canary and moves its share, nothing else", () => {
    assert.deepEqual(differences(chapters.deployed.declared, chapters.toCanary.declared), [
      `change ${RULE}`,
      "create lambda/invocation:Invocation dev-gate-canary",
    ]);
  });

  it("flips by the gate and the production rule alone", () => {
    assert.deepEqual(changesOf(chapters.flipped.result), FLIP);
  });

  it("goes back by the same two", () => {
    assert.deepEqual(changesOf(chapters.back), FLIP);
  });

  it("retires the other color: its servers go, its address stays", () => {
    assert.deepEqual(changesOf(chapters.retired.result), [
      "create changeover:index:DrainCheck dev-drained-blue",
      "create lambda/invocation:Invocation dev-drained-blue",
      "delete autoscaling/policy:Policy dev-app-blue",
      "delete autoscaling/policy:Policy dev-web-blue",
      "update autoscaling/group:Group dev-app-blue",
      "update autoscaling/group:Group dev-web-blue",
      "update changeover:index:FleetColor dev-app-blue",
      "update changeover:index:FleetColor dev-web-blue",
    ]);
    const { inputs } = chapters.retired.declared.get("autoscaling/group:Group", "dev-web-blue");
    assert.deepEqual([inputs.minSize, inputs.maxSize, inputs.desiredCapacity], [0, 0, 0]);
    assert.equal(inputs.minElbCapacity, undefined);
  });

  it("contracts by one step, after which no version is expanded for that it broke, and says that the way back is closed", () => {
    const changes = changesOf(chapters.contracted.result);
    const again = changes.filter((change) =>
      /^replace lambda\/invocation:Invocation dev-expand/.test(change),
    );
    assert.ok(again.length > 0);
    const expand = chapters.contracted.declared.get("lambda/invocation:Invocation", "dev-expand");
    assert.deepEqual(JSON.parse(expand.inputs.input).versions, ["1.1.0"]);
    assert.deepEqual(
      changes.filter((change) => !again.includes(change)),
      [
        "create changeover:index:MigrationStep dev-contract",
        "create lambda/invocation:Invocation dev-contract",
      ],
    );
    const step = chapters.contracted.declared.get("lambda/invocation:Invocation", "dev-contract");
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
    const { rollback } = chapters.contracted.result.outputs as {
      rollback: { open: boolean; closedBy: string[] };
    };
    assert.deepEqual([rollback.open, rollback.closedBy], [false, ["0002_split_name"]]);
  });

  it("tells the operator who is live with what, and how to try the other color", () => {
    const { url, live, weights, versions, idle, rollback, release } = chapters.deployed.result
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
    assert.deepEqual([release.live, release.versions], ["blue", versions]);
  });

  it("destroys everything of a stack that nothing protects", () => {
    assert.deepEqual(chapters.destroyed.declared.names, []);
    const made = chapters.first.result.steps.filter(({ custom }) => custom).length;
    assert.ok(chapters.destroyed.told.length > made, "less was deleted than was made");
    const position = (name: string) => chapters.destroyed.told.findIndex((change) => change.endsWith(name));
    assert.ok(position(" dev-edge-production") < position("Group dev-web-green"));
    assert.ok(position("Group dev-web-green") < position("Instance dev"));
  });
});
