import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { admitCaller, type CallArgs } from "../network/calls";
import { check } from "../validation/invalid-argument";
import { FUNCTION_NAME, FUNCTION_VERSION } from "../validation/rules";
import { withTags } from "../validation/tags";
import { managedPolicyArn } from "./managed-policy";

export interface StepFunctionSettings {
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly code: pulumi.asset.Archive;
  readonly environment: Record<string, pulumi.Input<string>>;
  /** Statements, and lists of them. */
  readonly policyStatements: pulumi.Input<unknown>[];
  readonly calls: readonly CallArgs[];
  readonly timeoutSeconds: number;
  readonly reservedConcurrency?: number;
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** A function that a step of a release invokes. `Migration` and `Gate` have both as outputs. */
export interface StepFunctionArgs {
  /** The function's name or its ARN. */
  functionName: pulumi.Input<string>;
  /** Its published version: a step runs the code that its preview showed. */
  functionVersion: pulumi.Input<string>;
}

export function checkStepFunction(what: string, { functionName, functionVersion }: StepFunctionArgs): void {
  check(`${what}.functionName`, functionName, FUNCTION_NAME);
  check(`${what}.functionVersion`, functionVersion, FUNCTION_VERSION);
}

/** The function, known when it may run: its permissions are there, and the doors are open for it. */
export interface StepFunction {
  readonly functionName: pulumi.Output<string>;
  readonly functionVersion: pulumi.Output<string>;
}

const LOG_RETENTION_DAYS = 90;

/** A Lambda in the VPC with a role, a security group and a log group of its own. */
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
    { assumeRolePolicy: iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }), tags },
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
      // A published version as the qualifier: a step runs the code that its preview showed.
      publish: true,
      reservedConcurrentExecutions: args.reservedConcurrency,
      vpcConfig: { subnetIds: args.subnetIds, securityGroupIds: [group.id] },
      loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
      environment: {
        variables: {
          ...args.environment,
          // Where Lambda keeps Amazon's certificate authorities, RDS's among them; Node does not read it by itself.
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
