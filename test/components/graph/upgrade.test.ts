import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { isCliAvailable } from "../../../engine/cli/available";
import { CliEngine } from "../../../engine/cli/cli-engine";
import type { ResourceState } from "../../../engine/state/stack-state";
import { parseUrn, typeOfUrn } from "../../../engine/state/urn";
import type { Properties } from "../../../engine/values/values";
import { cleanUpAfterEach, temporaryFolder } from "../../engine/support";
import { outputsOf, PaperCloud } from "../../support/paper-cloud";
import { changesOf, PaperStack } from "../../support/stack";

const directory = join(__dirname, "fixtures/upgraded");
const FORMER_FLEET = "urn:pulumi:dev::upgraded::changeover:index:BlueGreenFleet::shop";

interface RecordedResource {
  readonly urn: string;
  readonly protect?: boolean;
  readonly inputs: Properties;
}

const UPGRADE_CHANGES = [
  "create changeover:index:FleetColor shop-blue",
  "create changeover:index:FleetColor shop-green",
  // An inline policy for Session Manager, instead of AWS's managed policy.
  "create iam/rolePolicy:RolePolicy shop-sessions",
  "delete iam/rolePolicyAttachment:RolePolicyAttachment shop-ssm",
  // The tag by which the functions of a release find the groups.
  "update autoscaling/group:Group shop-blue",
  "update autoscaling/group:Group shop-green",
  "update changeover:index:BlueGreenFleet shop",
  // Descriptions of the rules.
  "update vpc/securityGroupEgressRule:SecurityGroupEgressRule shop-out",
  "update vpc/securityGroupIngressRule:SecurityGroupIngressRule shop-in",
  "update vpc/securityGroupIngressRule:SecurityGroupIngressRule shop-to-database",
];

/** The rest of a resource's state, which the paper cloud derives from its inputs. */
function stateOf({ urn, protect, inputs }: RecordedResource): ResourceState {
  const type = typeOfUrn(urn);
  const { name } = parseUrn(urn);
  const common = { urn, type, inputs, protect, dependencies: [], propertyDependencies: {} };
  if (urn === FORMER_FLEET) return { ...common, custom: false, outputs: {} };
  const outputs = { ...inputs, ...outputsOf(type, name, inputs) } as Properties;
  return { ...common, custom: true, id: PaperCloud.idOf(type, name), outputs, parent: FORMER_FLEET };
}

describe("upgrade: a fleet of version 0.1.0", () => {
  const stack = new PaperStack({ directory, project: "upgraded" });
  let changes: string[];
  before(async function () {
    this.timeout(60_000);
    const recorded: RecordedResource[] = JSON.parse(
      readFileSync(join(directory, "state-0.1.0.json"), "utf8"),
    );
    assert.equal(recorded.length, 17);
    await stack.remember({}, recorded.map(stateOf));
    changes = changesOf(await stack.up({})).filter((change) => !change.includes("pulumi:pulumi:Stack"));
  });

  it("upgrade: replaces nothing on AWS, and deletes the managed policy after its successor exists", () => {
    assert.deepEqual(changes, UPGRADE_CHANGES);
    const made = stack.cloud.changes.filter((change) => !change.startsWith("update "));
    assert.deepEqual(made, [
      "create aws:iam/rolePolicy:RolePolicy shop-sessions",
      "delete aws:iam/rolePolicyAttachment:RolePolicyAttachment shop-ssm",
    ]);
  });

  it("upgrade: moves launch templates, groups and policies to the color", () => {
    const moved = stack
      .declared()
      .resources.filter(({ urn }) => urn.includes("changeover:index:FleetColor$"))
      .map(({ type, name }) => `${type} ${name}`);
    assert.deepEqual(moved.sort(), [
      "aws:autoscaling/group:Group shop-blue",
      "aws:autoscaling/group:Group shop-green",
      "aws:autoscaling/policy:Policy shop-blue",
      "aws:ec2/launchTemplate:LaunchTemplate shop-blue-1.0.0",
      "aws:ec2/launchTemplate:LaunchTemplate shop-green-1.1.0",
    ]);
  });
});

describe("upgrade: a fleet of version 0.1.0, by the Pulumi CLI (skipped without `pulumi` on the PATH)", function () {
  this.timeout(300_000);
  cleanUpAfterEach();

  before(async function () {
    if (!(await isCliAvailable())) this.skip();
  });

  it("upgrade by the CLI: replaces, creates and deletes nothing on AWS, and nothing changes the second time", async () => {
    const cloud = new PaperCloud();
    const stateDirectory = temporaryFolder();
    const up = async (fixture: string) => {
      const engine = new CliEngine({
        programDirectory: join(__dirname, "fixtures", fixture),
        stack: "dev",
        provider: { aws: cloud },
        scratch: { directory: stateDirectory, passphrase: "correct horse" },
      });
      return changesOf(await engine.up());
    };
    assert.equal((await up("former")).filter((change) => change.startsWith("create ")).length, 18);
    const before = cloud.changes.length;
    assert.deepEqual(await up("upgraded"), UPGRADE_CHANGES);
    assert.deepEqual(cloud.changes.slice(before), []);
    assert.deepEqual(await up("upgraded"), []);
  });
});
