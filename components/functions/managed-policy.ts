import { getPartitionOutput } from "@pulumi/aws/getPartition";
import * as pulumi from "@pulumi/pulumi";

/**
 * The ARN of a policy that AWS manages. The SDK's own constants are those of the partition `aws`, and IAM has others in
 * China and in GovCloud.
 * @param path with the policy's name, as in `service-role/AWSLambdaVPCAccessExecutionRole`.
 */
export function managedPolicyArn(path: string, opts: pulumi.InvokeOptions): pulumi.Output<string> {
  return pulumi.interpolate`arn:${getPartitionOutput({}, opts).partition}:iam::aws:policy/${path}`;
}
