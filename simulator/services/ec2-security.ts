import type * as ec2 from "@pulumi/aws/ec2";
import type * as vpc from "@pulumi/aws/vpc";
import { AwsError } from "../errors";
import type { Plain, Service, StepContext } from "../resource-type";
import { existing } from "./lookups";
import { recorded } from "./recorded";

const GROUP_TYPE = "aws:ec2/securityGroup:SecurityGroup";
const DEFAULT_TYPE = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const INGRESS_TYPE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS_TYPE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

type RuleArgs = Plain<vpc.SecurityGroupIngressRuleArgs>;

const RULE_PARTS = [
  "securityGroupId",
  "cidrIpv4",
  "cidrIpv6",
  "referencedSecurityGroupId",
  "ipProtocol",
  "fromPort",
  "toPort",
] as const;

function rule(type: string) {
  return recorded<RuleArgs>({
    prefix: "sgr",
    reject(inputs, { world }, id) {
      const { securityGroupId, referencedSecurityGroupId } = inputs;
      for (const group of [securityGroupId, referencedSecurityGroupId]) {
        if (group !== undefined) existing(world, GROUP_TYPE, group, "InvalidGroup.NotFound");
      }
      const same = world.resources.of(type).find((other) => {
        return other.id !== id && RULE_PARTS.every((part) => other.inputs[part] === inputs[part]);
      });
      if (same)
        throw new AwsError("InvalidPermission.Duplicate", `the specified rule already exists (${same.id})`);
    },
    outs: (id, _inputs, { world }) => ({
      securityGroupRuleId: id,
      arn: world.account.arn("ec2", `security-group-rule/${id}`),
    }),
  });
}

function groupOutputs(id: string, inputs: { readonly vpcId?: string }, { world }: StepContext) {
  return {
    arn: world.account.arn("ec2", `security-group/${id}`),
    ownerId: world.account.id,
    vpcId: inputs.vpcId,
  };
}

/** Security groups are only recorded, because processes on one machine cannot be isolated from each other. */
export const ec2Security: Service = {
  resources: {
    [GROUP_TYPE]: recorded<Plain<ec2.SecurityGroupArgs>>({
      prefix: "sg",
      autoName: { property: "name", maxLength: 255, prefixProperty: "namePrefix" },
      reject(inputs, { world }, id) {
        const same = world.resources.of(GROUP_TYPE).find((other) => {
          return other.id !== id && other.outs.name === inputs.name && other.outs.vpcId === inputs.vpcId;
        });
        if (same)
          throw new AwsError("InvalidGroup.Duplicate", `The security group '${inputs.name}' already exists`);
      },
      outs: groupOutputs,
      rejectDelete(id, _outs, { world }) {
        const users = [...world.resources.of(INGRESS_TYPE), ...world.resources.of(EGRESS_TYPE)].filter(
          ({ inputs }) => inputs.referencedSecurityGroupId === id,
        );
        if (users.length > 0)
          throw new AwsError("DependencyViolation", `resource ${id} has a dependent object`);
      },
    }),
    [DEFAULT_TYPE]: recorded<Plain<ec2.DefaultSecurityGroupArgs>>({
      prefix: "sg",
      outs: (id, inputs, call) => ({ ...groupOutputs(id, inputs, call), name: "default" }),
    }),
    [INGRESS_TYPE]: rule(INGRESS_TYPE),
    [EGRESS_TYPE]: rule(EGRESS_TYPE),
  },
};
