import * as pulumi from "@pulumi/pulumi";

/** A bucket policy, as JSON, that rejects unencrypted requests. */
export function bucketPolicy(
  bucketArn: pulumi.Output<string>,
  allowed: readonly object[] = [],
): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      ...allowed,
      {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}
