import { getPartitionOutput } from "@pulumi/aws/getPartition";
import * as pulumi from "@pulumi/pulumi";

/**
 * The ARN of an AWS managed policy in the partition of the provider. The constants of the SDK are valid only in the
 * partition `aws`.
 *
 * @param path e.g. `service-role/AWSLambdaVPCAccessExecutionRole`
 */
export function managedPolicyArn(path: string, opts: pulumi.InvokeOptions): pulumi.Output<string> {
  return pulumi.interpolate`arn:${getPartitionOutput({}, opts).partition}:iam::aws:policy/${path}`;
}
