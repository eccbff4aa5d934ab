import { createHash } from "node:crypto";
import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { PublishError } from "./publish-error";

export interface ReleaseBucket {
  readonly name: string;
  /** Stores an object, unless there is one with this key. */
  putOnce(key: string, content: Buffer, contentType: string): Promise<"stored" | "exists">;
  /** @returns undefined if there is no object with this key */
  get(key: string): Promise<Buffer | undefined>;
  close(): void;
}

/** Status of a conditional write to a key that has an object. */
const PRECONDITION_FAILED = 412;

/**
 * Opens a bucket in S3.
 *
 * @param settings region, credentials and endpoint; by default those of the environment, as always in the SDK
 * (`AWS_REGION`, `AWS_ENDPOINT_URL`, …)
 */
export function openReleaseBucket(
  name: string,
  settings: Pick<S3ClientConfig, "region" | "credentials" | "endpoint"> = {},
): ReleaseBucket {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env;
  const client = new S3Client({
    ...settings,
    followRegionRedirects: true,
    // Endpoints other than AWS's have no DNS name for each bucket.
    forcePathStyle: Boolean(settings.endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 120_000, throwOnRequestTimeout: true },
  });
  const attempt = async <Result>(action: () => Promise<Result>): Promise<Result> => {
    try {
      return await action();
    } catch (error) {
      throw new PublishError(bucketSentence(name, error));
    }
  };
  return {
    name,
    putOnce: (key, content, contentType) =>
      attempt(async () => {
        const digest = createHash("sha256").update(content).digest("base64");
        try {
          await client.send(
            new PutObjectCommand({
              Bucket: name,
              Key: key,
              Body: content,
              ContentType: contentType,
              ChecksumSHA256: digest,
              IfNoneMatch: "*",
            }),
          );
          return "stored";
        } catch (error) {
          if (statusOf(error) === PRECONDITION_FAILED) return "exists";
          throw error;
        }
      }),
    get: (key) =>
      attempt(async () => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }));
          return Buffer.from((await Body?.transformToByteArray()) ?? []);
        } catch (error) {
          if (error instanceof S3ServiceException && error.name === "NoSuchKey") return undefined;
          throw error;
        }
      }),
    close: () => client.destroy(),
  };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

function bucketSentence(name: string, error: unknown): string {
  const { name: code, message } = error instanceof Error ? error : new Error(String(error));
  const remedy =
    code === "NoSuchBucket"
      ? "Create the bucket, with versioning, or name another one."
      : code === "AccessDenied"
        ? "Allow s3:PutObject and s3:GetObject on its objects, and s3:ListBucket on the bucket."
        : code === "CredentialsProviderError"
          ? "Sign in to AWS, or set AWS_PROFILE or the variables of an access key."
          : "Run the command again: it continues where it stopped.";
  return `The bucket of releases must be one that can be read and written, got ${name} (${code}: ${message}). ${remedy}`;
}
