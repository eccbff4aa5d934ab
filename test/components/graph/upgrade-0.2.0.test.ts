import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { bundleLambda, lambdaNames } from "../../../build/bundle";
import type { ResourceState } from "../../../engine/state/stack-state";
import { parseUrn, typeOfUrn } from "../../../engine/state/urn";
import type { Properties } from "../../../engine/values/values";
import { outputsOf, PaperCloud } from "../../support/paper-cloud";
import { changesOf, PaperStack } from "../../support/stack";

const directory = join(__dirname, "fixtures/upgraded-0.2.0");

/** The inline policies and egress rules that 0.3.0 has in place of wider ones. */
const CREATED = [
  "iam/rolePolicy:RolePolicy shop-gate-runtime",
  "iam/rolePolicy:RolePolicy shop-migrate-runtime",
  "iam/rolePolicy:RolePolicy shop-sessions",
  "vpc/securityGroupEgressRule:SecurityGroupEgressRule shop-migrate-out-443",
  "vpc/securityGroupEgressRule:SecurityGroupEgressRule shop-migrate-out-to-database",
];
const DELETED = [
  "iam/rolePolicyAttachment:RolePolicyAttachment shop-gate-network",
  "iam/rolePolicyAttachment:RolePolicyAttachment shop-migrate-network",
  "iam/rolePolicyAttachment:RolePolicyAttachment shop-ssm",
  "vpc/securityGroupEgressRule:SecurityGroupEgressRule shop-migrate-out",
];

interface RecordedResource {
  readonly urn: string;
  readonly custom: boolean;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly inputs: Properties;
}

/** The rest of a resource's state, which the paper cloud derives from its inputs. */
function stateOf({ urn, custom, parent, protect, inputs }: RecordedResource): ResourceState {
  const type = typeOfUrn(urn);
  const { name } = parseUrn(urn);
  const common = { urn, type, custom, parent, inputs, protect, dependencies: [], propertyDependencies: {} };
  if (!custom) return { ...common, outputs: {} };
  const outputs = { ...inputs, ...outputsOf(type, name, inputs) } as Properties;
  return { ...common, id: PaperCloud.idOf(type, name), outputs };
}

describe("upgrade: a program of version 0.2.0", () => {
  const recorded: RecordedResource[] = JSON.parse(readFileSync(join(directory, "state-0.2.0.json"), "utf8"));
  const stack = new PaperStack({ directory, project: "upgraded-0.2.0" });
  let changes: string[];
  before(async function () {
    this.timeout(120_000);
    assert.ok(recorded.length > 100);
    for (const name of lambdaNames()) bundleLambda(name);
    await stack.remember({}, recorded.map(stateOf));
    changes = changesOf(await stack.up({})).filter((change) => !change.includes("pulumi:pulumi:Stack"));
  });

  it("upgrade from 0.2.0: replaces nothing, and exchanges only permissions and egress rules", () => {
    const exchanged = changes.filter((change) => !change.startsWith("update "));
    assert.deepEqual(exchanged, [
      ...CREATED.map((each) => `create ${each}`),
      ...DELETED.map((each) => `delete ${each}`),
    ]);
  });

  it("upgrade from 0.2.0: permissions exist before their predecessors are deleted", () => {
    const made = stack.cloud.changes.filter((change) => /^(create|delete) /.test(change));
    assert.deepEqual(
      made.map((change) => change.split(" ")[0]),
      [...CREATED.map(() => "create"), ...DELETED.map(() => "delete")],
    );
  });

  it("upgrade from 0.2.0: changes in place the functions' code, descriptions, and what the notes name", () => {
    const updated = changes
      .filter((change) => change.startsWith("update ") && !change.includes(" changeover:index:"))
      .filter((change) => !/ vpc\/securityGroup(E|In)gressRule:/.test(change));
    assert.deepEqual(updated, [
      "update ec2/vpcEndpoint:VpcEndpoint shop-s3",
      "update iam/role:Role shop-flow",
      "update iam/rolePolicy:RolePolicy shop-flow",
      "update iam/rolePolicy:RolePolicy shop-gate",
      "update lambda/function:Function shop-gate",
      "update lambda/function:Function shop-migrate",
      "update lb/listener:Listener shop-https",
    ]);
  });

  it("back to 0.2.0: every resource that stays has the name that 0.2.0 looks for", () => {
    const labelOf = (urn: string) => `${typeOfUrn(urn).replace(/^aws:/, "")} ${parseUrn(urn).name}`;
    const before = recorded.map(({ urn }) => urn).filter((urn) => !DELETED.includes(labelOf(urn)));
    const after = stack.state.all().map(({ urn }) => urn);
    assert.deepEqual(after.filter((urn) => !CREATED.includes(labelOf(urn))).sort(), before.sort());
  });
});
