import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { Properties } from "../../../engine/values/values";
import { changesOf, declare, PaperStack } from "../../support/stack";

/** The sizes in Pulumi.dev.yaml. */
const SIZE = { minInstances: 2, maxInstances: 4 };
const DEPLOYED = { greenVersion: "1.1.0" };
/** A character that AWS does not allow in the name is replaced, and a hash keeps the names of two versions apart. */
const REDEPLOYED = "dev-web-green-1.1.0-2-3f57b3df";

describe("deployed colors of a stack", function () {
  this.timeout(180_000);
  let stack: PaperStack;
  let outputs: Properties;
  before(async () => {
    stack = new PaperStack();
    ({ outputs } = await stack.up(DEPLOYED));
  });

  it("deployed colors: keep their instances when an instance setting or the newest image changes", async () => {
    stack.cloud.image = "ami-0ffffffffffffffff";
    const changed = {
      ...DEPLOYED,
      web: { ...SIZE, instanceType: "m7g.large" },
      app: { ...SIZE, instanceType: "m7g.large", imageId: "ami-0123" },
      drainSeconds: 120,
      idleTimeoutSeconds: 90,
    };
    const changes = changesOf(await stack.up(changed));
    assert.deepEqual(
      changes.filter((change) => /Group |LaunchTemplate|FleetColor|RolePolicy|Policy /.test(change)),
      ["app-blue", "app-green", "web-blue", "web-green"].map(
        (name) => `update lb/targetGroup:TargetGroup dev-${name}`,
      ),
      "only the deregistration delay changes",
    );
    const { graph } = await declare(changed, {}, { lastOutputs: outputs });
    assert.ok(
      graph.messages.some(({ message }) => /^blue 1\.0\.0 keeps web\.instanceType t4g\.small/.test(message)),
      "the log names the waiting settings",
    );
    const redeployed = await stack.preview({ ...changed, greenVersion: "1.1.0+2" });
    const template = stack.declared().get("ec2/launchTemplate:LaunchTemplate", "dev-web-green-1.1.0");
    assert.equal(template.inputs.imageId, "ami-0123456789abcdef0");
    assert.deepEqual(
      changesOf(redeployed).filter((change) => /Group |LaunchTemplate/.test(change)),
      [
        `create ec2/launchTemplate:LaunchTemplate ${REDEPLOYED.replace("web", "app")}`,
        `create ec2/launchTemplate:LaunchTemplate ${REDEPLOYED}`,
        "delete ec2/launchTemplate:LaunchTemplate dev-app-green-1.1.0",
        "delete ec2/launchTemplate:LaunchTemplate dev-web-green-1.1.0",
        "replace autoscaling/group:Group dev-app-green",
        "replace autoscaling/group:Group dev-web-green",
      ],
    );
  });
});
