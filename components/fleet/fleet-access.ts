import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { admitCaller } from "../network/calls";
import { allowEgress } from "../network/egress";
import { withTags } from "../tags/resource-tags";
import type { FleetSettings } from "./fleet-args";
import { SESSION_MANAGER_POLICY } from "./session-manager";

/** Network access and permissions of the instances, shared by both colors. */
export interface FleetAccess {
  /** The first of the security groups. */
  readonly securityGroupId: pulumi.Output<string>;
  readonly securityGroupIds: pulumi.Output<string[]>;
  readonly instanceProfileArn: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;
  /** Resources that must exist before an instance starts: without them it cannot fetch its software or be reached. */
  readonly prerequisites: readonly pulumi.Resource[];
}

export function createFleetAccess(parent: pulumi.Resource, name: string, args: FleetSettings): FleetAccess {
  const network = createNetworkAccess(parent, name, args);
  const role = createRole(parent, name, args);
  const calls = admitCaller(parent, name, network.securityGroupId, args.calls);
  return {
    securityGroupId: network.securityGroupId,
    securityGroupIds: network.securityGroupIds,
    instanceProfileArn: role.instanceProfileArn,
    roleName: role.roleName,
    prerequisites: [...network.prerequisites, ...role.prerequisites, ...calls],
  };
}

function createNetworkAccess(parent: pulumi.Resource, name: string, args: FleetSettings) {
  if (args.securityGroupIds !== undefined) {
    const securityGroupIds = pulumi.output(args.securityGroupIds);
    const securityGroupId = securityGroupIds.apply(([first]) => first as string);
    return { securityGroupId, securityGroupIds, prerequisites: [] };
  }
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
      description: "From the load balancer",
    },
    opts,
  );
  const out = allowEgress(parent, name, group.id, args);
  if (args.allowLoadBalancerEgress) {
    const toInstances = new vpc.SecurityGroupEgressRule(
      `${name}-from-load-balancer`,
      {
        securityGroupId: args.loadBalancerSecurityGroupId,
        referencedSecurityGroupId: group.id,
        ipProtocol: "tcp",
        fromPort: args.port,
        toPort: args.port,
        description: `To the instances of ${name}`,
      },
      opts,
    );
    out.push(toInstances);
  }
  const securityGroupIds = pulumi.all([group.id]);
  return { securityGroupId: group.id, securityGroupIds, prerequisites: [admission, ...out] };
}

function createRole(parent: pulumi.Resource, name: string, args: FleetSettings) {
  const { instanceProfileArn, instanceRoleName } = args;
  if (instanceProfileArn !== undefined && instanceRoleName !== undefined) {
    return {
      instanceProfileArn: pulumi.output(instanceProfileArn),
      roleName: pulumi.output(instanceRoleName),
      prerequisites: [],
    };
  }
  const opts = { parent };
  const tags = withTags(args.tags, { name, tier: args.tier });
  const role = new iam.Role(
    name,
    {
      assumeRolePolicy: iam.assumeRolePolicyForPrincipal({ Service: "ec2.amazonaws.com" }),
      permissionsBoundary: args.permissionsBoundaryArn,
      tags,
    },
    opts,
  );
  const attach = (suffix: string, policyArn: pulumi.Input<string>) =>
    new iam.RolePolicyAttachment(`${name}-${suffix}`, { role: role.name, policyArn }, opts);
  const prerequisites: pulumi.Resource[] = [
    // Session Manager replaces SSH: it needs no key and no open port, and its sessions are in the audit log.
    new iam.RolePolicy(`${name}-sessions`, { role: role.id, policy: SESSION_MANAGER_POLICY }, opts),
    ...(args.managedPolicyArns ?? []).map((policyArn, index) =>
      attach(policySuffix(policyArn, index), policyArn),
    ),
  ];
  if (args.instancePolicy !== undefined) {
    prerequisites.push(new iam.RolePolicy(name, { role: role.id, policy: args.instancePolicy }, opts));
  }
  const profile = new iam.InstanceProfile(name, { role: role.name, tags }, opts);
  return { instanceProfileArn: profile.arn, roleName: role.name, prerequisites };
}

/** The name of a plain ARN's policy, so that a removed policy does not move the others. */
function policySuffix(policyArn: pulumi.Input<string>, index: number): string {
  const name = typeof policyArn === "string" ? policyArn.split("/").at(-1) : undefined;
  return name ?? `policy-${index + 1}`;
}
