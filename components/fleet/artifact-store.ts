import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { bucketPolicy } from "../storage/bucket-policy";
import { withTags } from "../tags/resource-tags";
import { validateArgs } from "../validation/validate-args";
import { type ArtifactStoreArgs, artifactStoreSpec } from "./artifact-store-args";

/**
 * A private, encrypted, versioned bucket with the software that instances fetch when they start.
 *
 * An artifact is uploaded only once, because instances that Auto Scaling starts later must run the same software as
 * the others. A changed file needs a new key. An artifact that leaves the list stays in the bucket.
 *
 * ```ts
 * const store = new ArtifactStore("prod", { artifacts: [{ key: "web/1.0.0.js", file: "dist/web.js" }] });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args, including files that do not exist.
 */
export class ArtifactStore extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = artifactStoreSpec;

  /** The name of the bucket. */
  public readonly bucketName: pulumi.Output<string>;
  /** The URL `s3://bucket/key` of each artifact, by its key. A URL is known once its object exists. */
  public readonly urls: Record<string, pulumi.Output<string>>;
  /** The IAM policy statement that allows instances to read the artifacts. */
  public readonly readPolicyStatement: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ArtifactStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    const { protect } = validateArgs(ArtifactStore, name, args, opts);
    super("changeover:index:ArtifactStore", name, args, opts);
    const childOpts = { parent: this };
    const bucket = new s3.Bucket(
      `${name}-artifacts`,
      { forceDestroy: !protect, tags: withTags(args.tags, { name: `${name}-artifacts` }) },
      { parent: this, protect },
    );
    const block = new s3.BucketPublicAccessBlock(
      `${name}-artifacts`,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      childOpts,
    );
    new s3.BucketVersioning(
      `${name}-artifacts`,
      { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      childOpts,
    );
    new s3.BucketPolicy(
      `${name}-artifacts`,
      { bucket: bucket.bucket, policy: bucketPolicy(bucket.arn) },
      // S3 rejects two changes of one bucket's access at the same time.
      { parent: this, dependsOn: [block] },
    );
    this.urls = {};
    for (const { key, file } of args.artifacts) {
      const source = new pulumi.asset.FileAsset(file);
      const object = new s3.BucketObjectv2(
        `${name}-${key}`,
        { bucket: bucket.bucket, key, source },
        { parent: this, ignoreChanges: ["source"], retainOnDelete: true },
      );
      this.urls[key] = pulumi.interpolate`s3://${object.bucket}/${object.key}`;
    }
    this.bucketName = bucket.bucket;
    const read = (arn: string): Record<string, string> => ({
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: `${arn}/*`,
    });
    this.readPolicyStatement = bucket.arn.apply(read);
    this.registerOutputs({ bucketName: this.bucketName });
  }
}
