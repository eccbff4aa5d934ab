import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import type { CallArgs } from "../network/call-args";
import { admitCaller } from "../network/calls";
import { withTags } from "../tags/resource-tags";
import { managedPolicyArn } from "./managed-policy";
import type { VpcFunctionArgs } from "./step-function-args";

export interface StepFunctionSettings extends VpcFunctionArgs {
  readonly code: pulumi.asset.Archive;
  readonly environment: Record<string, pulumi.Input<string>>;
  /** Policy statements, or lists of policy statements. */
  readonly policyStatements: pulumi.Input<unknown>[];
  readonly calls?: readonly CallArgs[];
  readonly timeoutSeconds: number;
  readonly reservedConcurrency?: number;
}

/** A Lambda. Its version is known once its permissions and the ingress rules of its destinations exist. */
export interface StepFunction {
  readonly functionName: pulumi.Output<string>;
  readonly functionVersion: pulumi.Output<string>;
}

const LOG_RETENTION_DAYS = 90;

/** Creates a Lambda in the VPC with its own role, security group and log group. */
export function createStepFunction(
  parent: pulumi.Resource,
  name: string,
  args: StepFunctionSettings,
): StepFunction {
  const opts = { parent };
  const tags = withTags(args.tags, { name });
  const logGroup = new cloudwatch.LogGroup(name, { retentionInDays: LOG_RETENTION_DAYS, tags }, opts);
  const role = new iam.Role(
    name,
    {
      assumeRolePolicy: iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
      permissionsBoundary: args.permissionsBoundaryArn,
      tags,
    },
    opts,
  );
  const network = new iam.RolePolicyAttachment(
    `${name}-network`,
    { role: role.name, policyArn: managedPolicyArn("service-role/AWSLambdaVPCAccessExecutionRole", opts) },
    opts,
  );
  const statements = pulumi.output(args.policyStatements).apply((each) => each.flat());
  const policy = new iam.RolePolicy(
    name,
    {
      role: role.id,
      policy: pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements }),
    },
    opts,
  );
  const group = new ec2.SecurityGroup(
    name,
    { vpcId: args.vpcId, description: `The function ${name}`, tags },
    opts,
  );
  const out = new vpc.SecurityGroupEgressRule(
    `${name}-out`,
    { securityGroupId: group.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" },
    opts,
  );
  const fn = new lambda.Function(
    name,
    {
      code: args.code,
      handler: "index.handler",
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      memorySize: 512,
      timeout: args.timeoutSeconds,
      role: role.arn,
      publish: true,
      reservedConcurrentExecutions: args.reservedConcurrency,
      vpcConfig: { subnetIds: args.subnetIds, securityGroupIds: [group.id] },
      loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
      environment: {
        variables: {
          ...args.environment,
          // A file with Amazon's certificate authorities, including those of RDS. Node does not load it by default.
          NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem",
        },
      },
      tags,
    },
    { parent, dependsOn: [network, policy] },
  );
  const admissions = admitCaller(parent, name, group.id, args.calls);
  const ready = pulumi.all([network, policy, out, ...admissions].map((each) => each.urn));
  return {
    functionName: fn.name,
    functionVersion: pulumi.all([fn.version, ready]).apply(([version]) => version),
  };
}
