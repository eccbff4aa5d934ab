import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import { managedPolicyArn } from "../functions/managed-policy";
import { admitCaller } from "../network/calls";
import { withTags } from "../validation/tags";
import type { BlueGreenFleet, BlueGreenFleetArgs } from "./blue-green-fleet";

/** Who may reach a fleet's servers, and what they may do; both colors share it, so that they differ in nothing else. */
export interface FleetAccess {
  readonly securityGroupId: pulumi.Output<string>;
  readonly instanceProfileArn: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;
  /** What must be there before a server starts, or it cannot fetch its software, or nobody reaches it. */
  readonly ready: pulumi.Resource[];
}

export function createFleetAccess(
  parent: BlueGreenFleet,
  name: string,
  args: BlueGreenFleetArgs,
  port: number,
): FleetAccess {
  const opts = { parent };
  const tags = withTags(args.tags, { name, tier: args.tier });
  const group = new ec2.SecurityGroup(
    name,
    { vpcId: args.vpcId, description: `The servers of ${name}`, tags },
    opts,
  );
  const admission = new vpc.SecurityGroupIngressRule(
    `${name}-in`,
    {
      securityGroupId: group.id,
      referencedSecurityGroupId: args.loadBalancerSecurityGroupId,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
    },
    opts,
  );
  const out = new vpc.SecurityGroupEgressRule(
    `${name}-out`,
    { securityGroupId: group.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" },
    opts,
  );
  const role = new iam.Role(
    name,
    { assumeRolePolicy: iam.assumeRolePolicyForPrincipal({ Service: "ec2.amazonaws.com" }), tags },
    opts,
  );
  // Session Manager instead of SSH: no key, no open port, every session in the audit log.
  const sessions = new iam.RolePolicyAttachment(
    `${name}-ssm`,
    { role: role.name, policyArn: managedPolicyArn("AmazonSSMManagedInstanceCore", opts) },
    opts,
  );
  const ready: pulumi.Resource[] = [admission, out, sessions];
  if (args.instancePolicy !== undefined) {
    ready.push(new iam.RolePolicy(name, { role: role.id, policy: args.instancePolicy }, opts));
  }
  const profile = new iam.InstanceProfile(name, { role: role.name, tags }, opts);
  ready.push(...admitCaller(parent, name, group.id, args.calls));
  return { securityGroupId: group.id, instanceProfileArn: profile.arn, roleName: role.name, ready };
}
