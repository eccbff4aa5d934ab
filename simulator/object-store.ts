import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AwsError } from "./errors";

export interface StoredObject {
  /** Path of the file with the content. */
  readonly file: string;
  /** MD5, as S3 computes it for a single upload. */
  readonly etag: string;
  readonly contentType: string;
}

/** The S3 buckets and their objects. The content of the objects is in files. */
export class ObjectStore {
  private readonly buckets = new Map<string, Map<string, StoredObject>>();
  private written = 0;

  constructor(private readonly folder: string) {}

  createBucket(name: string): void {
    if (this.buckets.has(name)) {
      throw new AwsError("BucketAlreadyOwnedByYou", `The bucket ${name} exists already, and you own it`);
    }
    this.buckets.set(name, new Map());
  }

  deleteBucket(name: string, force: boolean): void {
    const objects = this.bucket(name);
    if (objects.size > 0 && !force) {
      throw new AwsError("BucketNotEmpty", `The bucket ${name} you tried to delete is not empty`);
    }
    for (const key of [...objects.keys()]) this.delete(name, key);
    this.buckets.delete(name);
  }

  put(
    bucket: string,
    key: string,
    source: { path: string } | { bytes: Buffer },
    contentType: string,
  ): StoredObject {
    const objects = this.bucket(bucket);
    mkdirSync(this.folder, { recursive: true });
    // The file's name is generated, because S3 keys may contain any character.
    const file = join(this.folder, String(++this.written));
    if ("path" in source) copyFileSync(source.path, file);
    else writeFileSync(file, source.bytes);
    const etag = createHash("md5").update(readFileSync(file)).digest("hex");
    const stored = { file, etag, contentType };
    const before = objects.get(key);
    objects.set(key, stored);
    if (before) rmSync(before.file, { force: true });
    return stored;
  }

  /** @throws AwsError if the bucket does not exist. */
  has(bucket: string, key: string): boolean {
    return this.bucket(bucket).has(key);
  }

  get(bucket: string, key: string): StoredObject {
    const found = this.bucket(bucket).get(key);
    if (!found) throw new AwsError("NoSuchKey", `The specified key does not exist: s3://${bucket}/${key}`);
    return found;
  }

  delete(bucket: string, key: string): void {
    const stored = this.buckets.get(bucket)?.get(key);
    if (!stored) return;
    this.buckets.get(bucket)?.delete(key);
    rmSync(stored.file, { force: true });
  }

  private bucket(name: string): Map<string, StoredObject> {
    const found = this.buckets.get(name);
    if (!found) throw new AwsError("NoSuchBucket", `The specified bucket does not exist: ${name}`);
    return found;
  }
}
