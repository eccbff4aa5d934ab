import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import type { CallArgs } from "../network/call-args";
import { admitCaller } from "../network/calls";
import { allowEgress } from "../network/egress";
import { withTags } from "../tags/resource-tags";
import { runtimePolicy } from "./runtime-policy";
import type { VpcFunctionArgs } from "./step-function-args";

export interface StepFunctionSettings extends VpcFunctionArgs {
  readonly code: pulumi.asset.Archive;
  readonly environment: Record<string, pulumi.Input<string>>;
  /** Policy statements, or lists of policy statements. */
  readonly policyStatements: pulumi.Input<unknown>[];
  readonly calls?: readonly CallArgs[];
  readonly egressPorts?: readonly number[];
  readonly logRetentionDays: number;
  readonly timeoutSeconds: number;
  readonly reservedConcurrency?: number;
}

/** A Lambda. Its version is known once its permissions and the ingress rules of its destinations exist. */
export interface StepFunction {
  readonly functionName: pulumi.Output<string>;
  readonly functionVersion: pulumi.Output<string>;
}

/** Creates a Lambda in the VPC with its own role, security group and log group. */
export function createStepFunction(
  parent: pulumi.Resource,
  name: string,
  args: StepFunctionSettings,
): StepFunction {
  const opts = { parent };
  const tags = withTags(args.tags, { name });
  const logGroup = new cloudwatch.LogGroup(name, { retentionInDays: args.logRetentionDays, tags }, opts);
  const role = new iam.Role(
    name,
    {
      assumeRolePolicy: iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
      permissionsBoundary: args.permissionsBoundaryArn,
      tags,
    },
    opts,
  );
  const runtime = new iam.RolePolicy(
    `${name}-runtime`,
    { role: role.id, policy: runtimePolicy(logGroup.arn, opts) },
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
  const out = allowEgress(parent, name, group.id, args);
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
    { parent, dependsOn: [runtime, policy] },
  );
  const admissions = admitCaller(parent, name, group.id, args.calls);
  const ready = pulumi.all([runtime, policy, ...out, ...admissions].map((each) => each.urn));
  return {
    functionName: fn.name,
    functionVersion: pulumi.all([fn.version, ready]).apply(([version]) => version),
  };
}
