import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import { managedPolicyArn } from "../functions/managed-policy";
import { admitCaller } from "../network/calls";
import { withTags } from "../tags/resource-tags";
import type { FleetSettings } from "./fleet-args";

/** Network access and permissions of the instances, shared by both colors. */
export interface FleetAccess {
  readonly securityGroupId: pulumi.Output<string>;
  readonly instanceProfileArn: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;
  /** Resources that must exist before an instance starts: without them it cannot fetch its software or be reached. */
  readonly prerequisites: readonly pulumi.Resource[];
}

export function createFleetAccess(parent: pulumi.Resource, name: string, args: FleetSettings): FleetAccess {
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
      fromPort: args.port,
      toPort: args.port,
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
  // Session Manager replaces SSH: it needs no key and no open port, and its sessions are in the audit log.
  const sessions = new iam.RolePolicyAttachment(
    `${name}-ssm`,
    { role: role.name, policyArn: managedPolicyArn("AmazonSSMManagedInstanceCore", opts) },
    opts,
  );
  const prerequisites: pulumi.Resource[] = [admission, out, sessions];
  if (args.instancePolicy !== undefined) {
    prerequisites.push(new iam.RolePolicy(name, { role: role.id, policy: args.instancePolicy }, opts));
  }
  const profile = new iam.InstanceProfile(name, { role: role.name, tags }, opts);
  prerequisites.push(...admitCaller(parent, name, group.id, args.calls));
  return { securityGroupId: group.id, instanceProfileArn: profile.arn, roleName: role.name, prerequisites };
}
