import type * as pulumi from "@pulumi/pulumi";
import type { ArgsSpec } from "../validation/args-spec";
import { duplicateIssue, omittedIssue } from "../validation/find-issues";
import { INSTANCE_PROFILE_ARN, POLICY_ARN, ROLE_NAME, securityGroupList } from "../validation/formats";
import { IAM_POLICY } from "../validation/iam-policy";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";

export interface InstanceAccessArgs {
  /**
   * Your own security groups of the instances, 1-5, instead of the one that the component creates.
   *
   * Their rules are yours, also that the load balancer may connect to `port`. `calls` admit the first one. A change
   * replaces the instances.
   *
   * @default one is created
   */
  securityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The permissions of the instances, as an IAM policy in JSON.
   *
   * @default none, Session Manager only
   */
  instancePolicy?: pulumi.Input<string>;
  /**
   * The ARNs of further managed policies of the instances' role, at most 9.
   *
   * @default none
   */
  managedPolicyArns?: pulumi.Input<string>[];
  /**
   * The ARN of the policy that limits the permissions of the instances' role.
   *
   * @default none
   */
  permissionsBoundaryArn?: pulumi.Input<string>;
  /**
   * Your own instance profile, instead of the role and the profile that the component creates. It requires
   * `instanceRoleName`, and excludes `instancePolicy`, `managedPolicyArns` and `permissionsBoundaryArn`.
   *
   * @default one is created
   */
  instanceProfileArn?: pulumi.Input<string>;
  /**
   * The name of the role in `instanceProfileArn`.
   *
   * @default none
   */
  instanceRoleName?: pulumi.Input<string>;
}

/** One managed policy is Session Manager's. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_MANAGED_POLICIES = 9;

export const instanceAccessSpec = {
  securityGroupIds: securityGroupList("one is created"),
  instancePolicy: {
    kind: "string",
    format: IAM_POLICY,
    secret: true,
    whenOmitted: "none, Session Manager only",
    input: true,
  },
  managedPolicyArns: {
    kind: "list",
    items: { kind: "string", format: POLICY_ARN, input: true },
    requirement: {
      allowed: `at most ${MAX_MANAGED_POLICIES} ARNs of policies`,
      holds: ({ length }) => length <= MAX_MANAGED_POLICIES,
    },
    check: (arns, key) => [duplicateIssue(key, arns)],
    whenOmitted: "none",
  },
  permissionsBoundaryArn: { kind: "string", format: POLICY_ARN, whenOmitted: "none", input: true },
  instanceProfileArn: {
    kind: "string",
    format: INSTANCE_PROFILE_ARN,
    whenOmitted: "one is created",
    input: true,
  },
  instanceRoleName: { kind: "string", format: ROLE_NAME, whenOmitted: "none", input: true },
} as const satisfies ArgsSpec<InstanceAccessArgs>;

export function instanceAccessIssues(args: InstanceAccessArgs): (ValidationIssue | undefined)[] {
  const { instanceProfileArn, instanceRoleName } = args;
  if (instanceProfileArn === undefined)
    return [omittedIssue("instanceRoleName", instanceRoleName, "without instanceProfileArn")];
  const condition = "with instanceProfileArn (the role is yours)";
  return [
    instanceRoleName === undefined
      ? {
          key: "instanceRoleName",
          allowed: "the name of the role in instanceProfileArn",
          got: undefined,
          remedy: "Give it too.",
        }
      : undefined,
    omittedIssue("instancePolicy", hidden(args.instancePolicy), condition),
    omittedIssue("managedPolicyArns", args.managedPolicyArns, condition),
    omittedIssue("permissionsBoundaryArn", args.permissionsBoundaryArn, condition),
  ];
}

function hidden(policy: unknown): unknown {
  return policy === undefined ? undefined : new ValueDescription("a policy");
}
