import * as fs from "node:fs";
import * as path from "node:path";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { check, checkEachOnce, type Rule } from "../validation/invalid-argument";
import { BUCKET, checkName } from "../validation/names";
import { checkShape } from "../validation/shape";
import { checkTags, withTags } from "../validation/tags";

export interface ArtifactArgs {
  /**
   * Where it lies in the bucket, e.g. `web/1.0.0.js`, 1 to 1024 bytes; each key once. Published once: a later change of
   * the file is not uploaded.
   */
  key: string;
  /**
   * The file, relative to the program. It has to be there for as long as its key is listed, though it is not uploaded
   * again: Pulumi reads it in every preview and update.
   */
  file: string;
}

export interface ArtifactStoreArgs {
  /** What instances fetch when they start. Keep each for as long as a color names it. */
  artifacts: ArtifactArgs[];
  /** Pulumi refuses to delete the bucket: servers that start later could not fetch their software. Default: true. */
  protect?: boolean;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 49. A key has 1-128
   * characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * A private, encrypted, versioned bucket with the software that servers fetch when they start. An artifact is published
 * once: servers that autoscaling starts later must run what the others run, so a change needs a key of its own.
 *
 * ```ts
 * const store = new ArtifactStore("prod", { artifacts: [{ key: "web/1.0.0.js", file: "dist/web.js" }] });
 * ```
 * @throws InvalidArgumentError when a file is not there, and for an arg that AWS would refuse, before anything is
 * declared.
 */
export class ArtifactStore extends pulumi.ComponentResource {
  /** The bucket's name. */
  public readonly bucketName: pulumi.Output<string>;
  /** `s3://bucket/key` of each artifact by its key; known when the object is there. */
  public readonly urls: Record<string, pulumi.Output<string>>;
  /** The statement of an IAM policy that lets a server read the artifacts. */
  public readonly readPolicyStatement: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ArtifactStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("changeover:index:ArtifactStore", name, args, opts);
    const protect = args.protect ?? true;
    const childOpts = { parent: this };
    const bucket = new s3.Bucket(
      `${name}-artifacts`,
      { forceDestroy: !protect, tags: withTags(args.tags, { name: `${name}-artifacts` }) },
      { parent: this, protect },
    );
    new s3.BucketPublicAccessBlock(
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
    this.urls = {};
    for (const { key, file } of args.artifacts) {
      const source = new pulumi.asset.FileAsset(file);
      const object = new s3.BucketObjectv2(
        `${name}-${key}`,
        { bucket: bucket.bucket, key, source },
        { parent: this, ignoreChanges: ["source"] },
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

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const KEY: Rule<string> = {
  allowed: "1 to 1024 bytes without control characters, such as web/1.0.0.js",
  holds: (key) => /^\P{Cc}+$/u.test(key) && Buffer.byteLength(key) <= 1024,
};

/** Pulumi would miss it when half of the stack is declared. */
const FILE: Rule<string> = {
  allowed: "a file that is there, relative to the program",
  holds: (file) => file.trim() !== "" && (isFile(file) || !isInProgramsFolder()),
  todo: "Build it, or give its path. When no color names it any more, remove its key.",
};

function isFile(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * Whether Pulumi started this process, in the program's folder. A plugin does not know that folder, the Automation API
 * starts a program anywhere, and in a unit test with mocks nobody reads files.
 */
function isInProgramsFolder(): boolean {
  return path.isAbsolute(pulumi.getRootDirectory());
}

function checkArgs(name: string, args: ArtifactStoreArgs): void {
  const what = (key: string) => `ArtifactStore "${name}": ${key}`;
  checkShape("ArtifactStore", name, args);
  checkName("ArtifactStore", name, BUCKET);
  for (const { key, file } of args.artifacts) {
    check(what("key of an artifact"), key, KEY);
    check(what(`file of ${key}`), file, FILE);
  }
  checkEachOnce(
    what("artifacts"),
    args.artifacts.map(({ key }) => key),
  );
  checkTags(what("tags"), args.tags);
}
