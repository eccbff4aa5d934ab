import type { IncomingMessage } from "node:http";
import { AwsError } from "../errors";
import { type IamRequest, type IamStatement, isAllowed } from "../iam-policy";
import type { World } from "../world";

const FUNCTION_TYPE = "aws:lambda/function:Function";
const TEMPLATE_TYPE = "aws:ec2/launchTemplate:LaunchTemplate";
const PROFILE_TYPE = "aws:iam/instanceProfile:InstanceProfile";
const ROLE_TYPE = "aws:iam/role:Role";
const ROLE_POLICY_TYPE = "aws:iam/rolePolicy:RolePolicy";
const ATTACHMENT_TYPE = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const POLICY_TYPE = "aws:iam/policy:Policy";

/** The caller of the API. Functions and instances have the permissions of their role. */
export interface Caller {
  readonly arn: string;
  readonly statements: readonly IamStatement[] | undefined;
}

/** A part of an action that IAM decides on: a resource, and the values of condition keys. */
export type IamTarget = Omit<IamRequest, "action">;

/**
 * Finds the caller by its access key: the name of a function or the id of an instance. Any other caller may do
 * everything.
 */
export function callerOf({ headers }: IncomingMessage, world: World): Caller {
  const [, accessKey = ""] = /Credential=([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  const role = roleOfFunction(accessKey, world) ?? roleOfInstance(accessKey, world);
  if (role === undefined)
    return { arn: world.account.globalArn("iam", "user/rehearsal"), statements: undefined };
  const arn = world.account.globalArn("sts", `assumed-role/${role}/${accessKey}`);
  return { arn, statements: statementsOf(role, world) };
}

/** @throws AwsError if the role of the caller does not allow the action on all targets, or if the action is denied. */
export function authorize(
  { arn, statements }: Caller,
  action: string,
  targets: readonly IamTarget[],
  { deniedActions }: World,
): void {
  const rejected = targets.find(
    (target) => statements !== undefined && !isAllowed(statements, { action, ...target }),
  );
  if (!deniedActions.has(action) && rejected === undefined) return;
  const on = rejected === undefined ? "" : ` on resource: ${rejected.resource}`;
  throw new AwsError(
    "AccessDenied",
    `User: ${arn} is not authorized to perform: ${action}${on} because no identity-based policy allows the ${action} action`,
  );
}

function roleOfFunction(name: string, { resources }: World): string | undefined {
  return roleNamed(resources.get(FUNCTION_TYPE, name)?.inputs.role, resources);
}

function roleOfInstance(id: string, { resources, scalingGroups }: World): string | undefined {
  for (const group of scalingGroups.values()) {
    const member = group.members().find(({ instance }) => instance.id === id);
    if (!member) continue;
    const template = resources.get(TEMPLATE_TYPE, member.instance.template.id);
    const named = template?.outs.iamInstanceProfile as { arn?: string; name?: string } | undefined;
    const profile = resources
      .of(PROFILE_TYPE)
      .find((each) => each.id === named?.name || each.outs.arn === named?.arn);
    return roleNamed(profile?.outs.role, resources);
  }
  return undefined;
}

/** Name of the role by its name or ARN; undefined if no such role was declared. */
function roleNamed(role: unknown, resources: World["resources"]): string | undefined {
  return resources
    .of(ROLE_TYPE)
    .find(({ id, outs }) => role !== undefined && (id === role || outs.arn === role))?.id;
}

function statementsOf(role: string, { resources }: World): IamStatement[] {
  const attached = resources
    .of(ATTACHMENT_TYPE)
    .flatMap(({ outs }) =>
      outs.role === role ? (resources.get(POLICY_TYPE, String(outs.policyArn)) ?? []) : [],
    );
  const inline = resources.of(ROLE_POLICY_TYPE).filter(({ outs }) => outs.role === role);
  return [...inline, ...attached].flatMap(({ outs }) => {
    const { Statement } = JSON.parse(String(outs.policy)) as { Statement: IamStatement | IamStatement[] };
    return Statement;
  });
}
