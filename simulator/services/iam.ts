import type * as iam from "@pulumi/aws/iam";
import type { CheckFailure } from "../../engine/deploy/provider";
import { randomHex } from "../account";
import { failure } from "../errors";
import type { Plain, Service } from "../resource-type";
import { existing, rejectDuplicate } from "./lookups";
import { recorded } from "./recorded";

const ROLE_TYPE = "aws:iam/role:Role";
const PROFILE_TYPE = "aws:iam/instanceProfile:InstanceProfile";
const POLICY_TYPE = "aws:iam/policy:Policy";

const name = (maxLength: number) => ({ property: "name", maxLength, prefixProperty: "namePrefix" });

function* checkPolicy(property: string, policy: unknown): Iterable<CheckFailure> {
  if (typeof policy !== "string") return;
  try {
    const { Statement } = JSON.parse(policy) as { Statement?: unknown };
    if (Statement === undefined) yield failure(property, `${property} must have a Statement.`);
  } catch (error) {
    yield failure(property, `${property} must be JSON: ${(error as Error).message}.`);
  }
}

/** IAM is only recorded: permissions are not enforced, so a missing permission has no effect. */
export const iamService: Service = {
  resources: {
    [ROLE_TYPE]: recorded<Plain<iam.RoleArgs>>({
      id: (inputs) => inputs.name ?? "",
      autoName: name(64),
      check: (inputs) => checkPolicy("assumeRolePolicy", inputs.assumeRolePolicy),
      reject(inputs, { world }, id) {
        if (id === undefined)
          rejectDuplicate(world, ROLE_TYPE, "name", inputs.name, "EntityAlreadyExists", "role");
      },
      outs: (id, { path }, { world }) => ({
        arn: world.account.globalArn("iam", `role${path ?? "/"}${id}`),
        uniqueId: `AROA${randomHex(16).toUpperCase()}`,
        createDate: new Date().toISOString(),
      }),
    }),
    "aws:iam/rolePolicy:RolePolicy": recorded<Plain<iam.RolePolicyArgs>>({
      id: (inputs) => `${inputs.role}:${inputs.name}`,
      autoName: name(128),
      check: (inputs) => checkPolicy("policy", inputs.policy),
      reject: ({ role }, { world }) => void existing(world, ROLE_TYPE, role, "NoSuchEntity"),
    }),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": recorded<Plain<iam.RolePolicyAttachmentArgs>>({
      id: (inputs) => `${inputs.role}-${inputs.policyArn}`,
      reject: ({ role }, { world }) => void existing(world, ROLE_TYPE, role, "NoSuchEntity"),
    }),
    [PROFILE_TYPE]: recorded<Plain<iam.InstanceProfileArgs>>({
      id: (inputs) => inputs.name ?? "",
      autoName: name(128),
      reject(inputs, { world }, id) {
        if (id !== undefined) return;
        rejectDuplicate(world, PROFILE_TYPE, "name", inputs.name, "EntityAlreadyExists", "instance profile");
      },
      outs: (id, { path }, { world }) => ({
        arn: world.account.globalArn("iam", `instance-profile${path ?? "/"}${id}`),
        uniqueId: `AIPA${randomHex(16).toUpperCase()}`,
      }),
    }),
    [POLICY_TYPE]: recorded<Plain<iam.PolicyArgs>>({
      id: (inputs, { world }) => world.account.globalArn("iam", `policy${inputs.path ?? "/"}${inputs.name}`),
      autoName: name(128),
      check: (inputs) => checkPolicy("policy", inputs.policy),
      reject(inputs, { world }, id) {
        if (id === undefined)
          rejectDuplicate(world, POLICY_TYPE, "name", inputs.name, "EntityAlreadyExists", "policy");
      },
      outs: (arn) => ({ arn, policyId: `ANPA${randomHex(16).toUpperCase()}` }),
    }),
  },
};
