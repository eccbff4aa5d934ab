import { getPartitionOutput } from "@pulumi/aws/getPartition";
import * as pulumi from "@pulumi/pulumi";

/**
 * The ARN of a policy that AWS manages, in the partition of the provider; the SDK's constants are those of `aws` only.
 * @param path e.g. `service-role/AWSLambdaVPCAccessExecutionRole`
 */
export function managedPolicyArn(path: string, opts: pulumi.InvokeOptions): pulumi.Output<string> {
  return pulumi.interpolate`arn:${getPartitionOutput({}, opts).partition}:iam::aws:policy/${path}`;
}
