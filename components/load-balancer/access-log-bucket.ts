import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { bucketPolicy } from "../storage/bucket-policy";
import { withTags } from "../tags/resource-tags";
import { validateArgs } from "../validation/validate-args";
import { type AccessLogBucketArgs, accessLogBucketSpec } from "./access-log-bucket-args";

/** The service that writes the access logs of Application Load Balancers. */
const LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com";

/**
 * A private bucket for the access logs of the account's load balancers, with the policy that they need.
 *
 * It is encrypted with the keys of S3, because load balancers cannot write with a KMS key.
 *
 * ```ts
 * const logs = new AccessLogBucket("prod", { retentionDays: 90 });
 * const edge = new LoadBalancer("edge", { vpcId, subnetIds, certificateArn, accessLogsBucket: logs.bucketName });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 */
export class AccessLogBucket extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = accessLogBucketSpec;

  /** The name of the bucket. It is known once load balancers may write to the bucket. */
  public readonly bucketName: pulumi.Output<string>;

  constructor(name: string, args: AccessLogBucketArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const { protect, retentionDays } = validateArgs(AccessLogBucket, name, args, opts);
    super("changeover:index:AccessLogBucket", name, args, opts);
    const childName = `${name}-access-logs`;
    const childOpts = { parent: this };
    const { bucket, arn } = new s3.Bucket(
      childName,
      { forceDestroy: !protect, tags: withTags(args.tags, { name: childName }) },
      { parent: this, protect },
    );
    const block = new s3.BucketPublicAccessBlock(
      childName,
      {
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      childOpts,
    );
    new s3.BucketLifecycleConfiguration(
      childName,
      {
        bucket,
        rules: [
          {
            id: "retention",
            status: "Enabled",
            filter: {},
            expiration: { days: retentionDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          },
        ],
      },
      childOpts,
    );
    const { accountId } = getCallerIdentityOutput({}, childOpts);
    const policy = new s3.BucketPolicy(
      childName,
      { bucket, policy: bucketPolicy(arn, [writeStatement(arn, accountId)]) },
      // S3 rejects two changes of one bucket's access at the same time.
      { parent: this, dependsOn: [block] },
    );
    this.bucketName = policy.bucket;
    this.registerOutputs({ bucketName: this.bucketName });
  }
}

function writeStatement(bucketArn: pulumi.Output<string>, account: pulumi.Output<string>) {
  const Resource = ["AWSLogs", "*/AWSLogs"].map(
    (path) => pulumi.interpolate`${bucketArn}/${path}/${account}/*`,
  );
  return { Effect: "Allow", Principal: { Service: LOG_DELIVERY }, Action: "s3:PutObject", Resource };
}
