import type * as s3 from "@pulumi/aws/s3";
import type { PlainAsset } from "../../engine/values/plain-values";
import { contentOf } from "../assets";
import { failure, invalidInput, oneOf } from "../errors";
import type { ObjectStore } from "../object-store";
import { type Plain, resourceType, type Service } from "../resource-type";
import { existing } from "./lookups";
import { recorded } from "./recorded";

const BUCKET_TYPE = "aws:s3/bucket:Bucket";

type ObjectArgs = Omit<Plain<s3.BucketObjectv2Args>, "bucket" | "source"> & {
  bucket: string;
  source?: PlainAsset;
};

const bucket = resourceType<Plain<s3.BucketArgs>>({
  autoName: { property: "bucket", maxLength: 63, lowerCase: true, prefixProperty: "bucketPrefix" },
  *check(inputs) {
    if (inputs.bucket !== undefined && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(inputs.bucket)) {
      yield invalidInput(
        "bucket",
        "3 to 63 lower-case letters, digits, dots and hyphens",
        `"${inputs.bucket}"`,
      );
    }
  },
  create(inputs, { world }) {
    const name = inputs.bucket ?? "";
    world.objects.createBucket(name);
    const outs = {
      arn: `arn:${world.account.partition}:s3:::${name}`,
      bucketDomainName: `${name}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${name}.s3.${world.account.region}.amazonaws.com`,
      region: world.account.region,
    };
    return { id: name, outs };
  },
  delete: (name, outs, { world }) => world.objects.deleteBucket(name, outs.forceDestroy === true),
});

function put(objects: ObjectStore, inputs: ObjectArgs) {
  const { source, content, contentBase64 } = inputs;
  const from = source
    ? contentOf(source)
    : { bytes: Buffer.from(content ?? contentBase64 ?? "", contentBase64 === undefined ? "utf8" : "base64") };
  const type = inputs.contentType ?? "application/octet-stream";
  const { etag } = objects.put(inputs.bucket, inputs.key ?? "", from, type);
  return { etag, contentType: type, key: inputs.key, versionId: "" };
}

const object = resourceType<ObjectArgs>({
  autoName: { property: "key", maxLength: 1024 },
  unknownsOnUpdate: (changed) =>
    changed.some((property) => /^(source|content)/.test(property)) ? ["etag", "versionId"] : [],
  *check(inputs) {
    const sources = [inputs.source, inputs.content, inputs.contentBase64].filter(
      (each) => each !== undefined,
    );
    if (sources.length > 1)
      yield failure("source", "source must not be set with content or contentBase64. Set one of them.");
    yield* oneOf("source.kind", inputs.source?.kind, ["asset"]);
  },
  create(inputs, { world }) {
    const outs = put(world.objects, inputs);
    return { id: `${inputs.bucket}/${inputs.key}`, outs };
  },
  update: (_id, inputs, { world }) => put(world.objects, inputs),
  delete: (_id, outs, { world }) => world.objects.delete(String(outs.bucket), String(outs.key)),
});

/** A setting of a bucket. A bucket has at most one of each type. */
function setting<Inputs extends { readonly bucket: unknown }>() {
  return recorded<Inputs>({
    id: ({ bucket }) => String(bucket),
    reject(inputs, { world }) {
      existing(world, BUCKET_TYPE, inputs.bucket, "NoSuchBucket");
    },
  });
}

function* checkPolicy(inputs: { policy?: unknown }) {
  if (typeof inputs.policy !== "string") return;
  try {
    JSON.parse(inputs.policy);
  } catch (error) {
    yield failure("policy", `policy must be JSON: ${(error as Error).message}.`);
  }
}

export const s3Service: Service = {
  resources: {
    [BUCKET_TYPE]: bucket,
    "aws:s3/bucketObjectv2:BucketObjectv2": object,
    "aws:s3/bucketObject:BucketObject": object,
    "aws:s3/bucketPolicy:BucketPolicy": {
      ...setting<{ bucket: string; policy: string }>(),
      check: checkPolicy,
    },
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":
      setting<Plain<s3.BucketPublicAccessBlockArgs>>(),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls":
      setting<Plain<s3.BucketOwnershipControlsArgs>>(),
    "aws:s3/bucketVersioning:BucketVersioning": setting<Plain<s3.BucketVersioningArgs>>(),
    "aws:s3/bucketVersioningV2:BucketVersioningV2": setting<Plain<s3.BucketVersioningArgs>>(),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
      setting<Plain<s3.BucketServerSideEncryptionConfigurationArgs>>(),
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2":
      setting<Plain<s3.BucketServerSideEncryptionConfigurationArgs>>(),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration":
      setting<Plain<s3.BucketLifecycleConfigurationArgs>>(),
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":
      setting<Plain<s3.BucketLifecycleConfigurationArgs>>(),
  },
};
