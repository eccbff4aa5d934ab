import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Application,
  type KnownVersion,
  type ReleaseManifest,
  type SourceVersion,
  TIER_NAMES,
} from "../../contract";
import { firstMigration } from "../../migrations/script/first-migration";
import { loadScripts } from "../../migrations/script/load-scripts";
import {
  checkedOutCommit,
  manifestText,
  openReleaseBucket,
  PublishError,
  publishVersion,
  type ReleaseBucket,
} from "../../publishing";

/** The bucket in the simulator to which a rehearsal publishes older versions of this checkout. */
const BUCKET = "rehearsed-releases";

/** The versions of a rehearsal, by the origin of their artifacts. The checkout builds all others. */
export interface RehearsedReleases {
  /** Older versions with sources in this checkout. They are published to the simulator first. */
  readonly built: readonly SourceVersion[];
  /** Published versions, whose artifacts are copied to the simulator. */
  readonly published: readonly ReleaseManifest[];
  readonly buckets: readonly string[];
}

/**
 * Plans the origin of each version: as in production, the checkout may build only the newest one.
 *
 * @param versions oldest first
 */
export function planReleases(known: readonly KnownVersion[], versions: readonly string[]): RehearsedReleases {
  const newest = versions.at(-1);
  const rehearsed = known.filter(({ version }) => versions.includes(version));
  const published = rehearsed.flatMap(({ origin }) => origin.manifest ?? []);
  const built = rehearsed
    .filter(({ version, origin }) => version !== newest && origin.manifest === undefined)
    .flatMap(({ origin }) => origin.source ?? []);
  const urls = published.flatMap(({ artifacts }) => TIER_NAMES.map((tier) => artifacts[tier].url));
  const buckets = new Set(urls.map((url) => placeOf(url).bucket));
  if (built.length > 0) buckets.add(BUCKET);
  return { built, published, buckets: [...buckets] };
}

export interface RehearsalBuckets {
  readonly application: Application;
  readonly programDirectory: string;
  readonly releasesDirectory: string;
  readonly simulated: (bucket: string) => ReleaseBucket;
  /**
   * Opens a bucket with published artifacts.
   *
   * @default S3, with the credentials of the environment
   */
  readonly origin?: (bucket: string) => ReleaseBucket;
}

/**
 * Puts the artifacts of older versions into the simulator, and their manifests into a folder for the program.
 *
 * @throws PublishError if an artifact cannot be read, or differs from its manifest
 */
export async function prepareReleases(plan: RehearsedReleases, context: RehearsalBuckets): Promise<void> {
  const { releasesDirectory } = context;
  mkdirSync(releasesDirectory, { recursive: true });
  for (const manifest of plan.published) {
    await copyArtifacts(manifest, context);
    writeFileSync(join(releasesDirectory, `${manifest.version}.json`), manifestText(manifest));
  }
  for (const source of plan.built) await publish(source, context);
}

async function publish(source: SourceVersion, context: RehearsalBuckets): Promise<void> {
  const { application, programDirectory, releasesDirectory, simulated } = context;
  const scripts = loadScripts(join(programDirectory, application.migrationsDirectory));
  const bucket = simulated(BUCKET);
  try {
    await publishVersion({
      ...{ source, bucket, prefix: "", releasesDirectory, commit: commitOf(programDirectory) },
      firstMigration: firstMigration(source.version, scripts),
      log: () => undefined,
    });
  } finally {
    bucket.close();
  }
}

async function copyArtifacts(
  { artifacts }: ReleaseManifest,
  { simulated, origin = openReleaseBucket }: RehearsalBuckets,
): Promise<void> {
  for (const tier of TIER_NAMES) {
    const { url, sha256 } = artifacts[tier];
    const { bucket, key } = placeOf(url);
    const [from, to] = [origin(bucket), simulated(bucket)];
    try {
      const content = await from.get(key);
      const found = content && createHash("sha256").update(content).digest("hex");
      if (content === undefined || found !== sha256) {
        throw new PublishError(
          `${url} must be an object with SHA-256 ${sha256}, got ${found ?? "no object"}. ` +
            "Restore the object's first version: a published version never changes.",
        );
      }
      await to.putOnce(key, content, "application/octet-stream");
    } finally {
      from.close();
      to.close();
    }
  }
}

function placeOf(url: string): { bucket: string; key: string } {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  return { bucket, key };
}

/** A rehearsal deletes its manifests at the end, so the folder need not be in git. */
function commitOf(programDirectory: string): string {
  try {
    return checkedOutCommit({ programDirectory, releasesDirectory: programDirectory, allowDirty: true });
  } catch {
    return "0".repeat(40);
  }
}
