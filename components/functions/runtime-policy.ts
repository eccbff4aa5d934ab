import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import { getPartitionOutput } from "@pulumi/aws/getPartition";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";

/** The actions with which the Lambda service connects a function to a VPC. */
const NETWORK_ACTIONS = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:UnassignPrivateIpAddresses",
];

/**
 * The permissions of a function in a VPC, as a JSON policy: it writes to its own log group. The Lambda service manages the
 * network interfaces with the same role, but the code of a function may not.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice
 */
export function runtimePolicy(
  logGroupArn: pulumi.Input<string>,
  opts: pulumi.InvokeOptions,
): pulumi.Output<string> {
  const { partition } = getPartitionOutput({}, opts);
  const { region } = getRegionOutput({}, opts);
  const { accountId } = getCallerIdentityOutput({}, opts);
  const functions = pulumi.interpolate`arn:${partition}:lambda:${region}:${accountId}:function:*`;
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: pulumi.interpolate`${logGroupArn}:*`,
      },
      { Effect: "Allow", Action: NETWORK_ACTIONS, Resource: "*" },
      {
        Effect: "Deny",
        Action: NETWORK_ACTIONS,
        Resource: "*",
        Condition: { ArnLike: { "lambda:SourceFunctionArn": functions } },
      },
    ],
  });
}
