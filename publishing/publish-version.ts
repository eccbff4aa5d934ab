import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  parseReleaseManifest,
  type ReleaseManifest,
  readReleaseManifests,
  type SourceVersion,
  type TierName,
} from "../contract";
import { type BuiltArtifact, buildArtifacts } from "./build-release";
import { artifactKey, differingTiers, manifestKey, manifestText, neverChanges } from "./manifest";
import { PublishError } from "./publish-error";
import type { ReleaseBucket } from "./release-bucket";
import { writeOnce } from "./write-once";

export interface PublishOptions {
  readonly source: SourceVersion;
  readonly commit: string;
  /** The first migration that the version needs and older versions do not. */
  readonly firstMigration?: string;
  readonly bucket: ReleaseBucket;
  readonly prefix: string;
  readonly releasesDirectory: string;
  readonly log: (message: string) => void;
}

export interface PublishedVersion {
  /** `unchanged`: the manifest exists already, and this checkout builds the same artifacts. */
  readonly outcome: "published" | "unchanged";
  readonly file: string;
  readonly manifest: ReleaseManifest;
}

/**
 * Builds a version, uploads its artifacts and writes its manifest, once.
 *
 * The manifest is also an object in the bucket, written only if there is none: it decides between two builds of one
 * version that are published at the same time. The file is written last, so that it never names a missing artifact.
 *
 * @throws PublishError if the version is published with other artifacts, or if the bucket cannot be used
 * @throws ReleaseManifestError for all wrong manifests of the folder
 */
export async function publishVersion(options: PublishOptions): Promise<PublishedVersion> {
  const { source, bucket, prefix, releasesDirectory, log } = options;
  const { version } = source;
  const file = join(releasesDirectory, `${version}.json`);
  const published = readReleaseManifests(releasesDirectory).find((each) => each.version === version);
  const built = buildArtifacts(source);
  if (published !== undefined) {
    rejectChange(published, file, built);
    return { outcome: "unchanged", file, manifest: published };
  }
  const text = manifestText(plannedManifest(options, built));
  parseReleaseManifest(file, version, text);

  const key = manifestKey(prefix, version);
  const url = `s3://${bucket.name}/${key}`;
  let stored = await bucket.get(key);
  if (stored === undefined) {
    for (const artifact of built) await uploadArtifact(options, artifact);
    const outcome = await bucket.putOnce(key, Buffer.from(text), "application/json");
    stored = outcome === "stored" ? Buffer.from(text) : await bucket.get(key);
  }
  const manifest = parseReleaseManifest(url, version, String(stored));
  rejectChange(manifest, url, built);
  mkdirSync(releasesDirectory, { recursive: true });
  if (!writeOnce(file, manifestText(manifest))) {
    throw new PublishError(
      `${file} must not exist, got a file that another process wrote. Run the command again.`,
    );
  }
  log(`Manifest: ${file}`);
  return { outcome: "published", file, manifest };
}

function plannedManifest(
  { source, commit, firstMigration, bucket, prefix }: PublishOptions,
  built: readonly BuiltArtifact[],
): ReleaseManifest {
  const { version, queries } = source;
  const artifacts = Object.fromEntries(
    built.map((artifact) => {
      const url = `s3://${bucket.name}/${artifactKey(prefix, version, artifact)}`;
      return [artifact.tier, { url, sha256: artifact.sha256 }];
    }),
  ) as Record<TierName, { url: string; sha256: string }>;
  return { version, commit, artifacts, queries, ...(firstMigration && { firstMigration }) };
}

async function uploadArtifact(
  { source: { version }, bucket, prefix, log }: PublishOptions,
  artifact: BuiltArtifact,
): Promise<void> {
  const { tier, content, sha256 } = artifact;
  const key = artifactKey(prefix, version, artifact);
  const outcome = await bucket.putOnce(key, content, "application/octet-stream");
  if (outcome === "exists") {
    const found = createHash("sha256")
      .update((await bucket.get(key)) ?? "")
      .digest("hex");
    if (found !== sha256) {
      throw new PublishError(
        `s3://${bucket.name}/${key} must have SHA-256 ${sha256}, got ${found}. ` +
          "Another program has written it: use another prefix or bucket.",
      );
    }
  }
  const done = outcome === "stored" ? "uploaded" : "is uploaded already";
  log(`Artifact: ${tier} ${version} ${done} (${content.length} bytes, SHA-256 ${sha256.slice(0, 12)})`);
}

function rejectChange(manifest: ReleaseManifest, place: string, built: readonly BuiltArtifact[]): void {
  if (differingTiers(manifest, built).length > 0)
    throw new PublishError(neverChanges(manifest, place, built));
}
