import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import parse from "semver/functions/parse";
import * as z from "zod";
import type { TierName } from "./application";
import { issueSentence } from "./issue-sentence";

const artifact = z.strictObject({
  url: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/./)
    .describe("the URL of an object in S3, such as s3://bucket/web/1.0.0.js"),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("64 hexadecimal digits"),
});

/** The schema of {@link ReleaseManifest}. */
export const releaseManifest = z.strictObject({
  version: z
    .string()
    .refine((text) => /^\d\S*$/.test(text) && parse(text) !== null)
    .describe("a version such as 1.4.0"),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .describe("40 hexadecimal digits"),
  artifacts: z.strictObject({ web: artifact, app: artifact } satisfies Record<TierName, z.ZodType>),
  queries: z.record(z.string(), z.string().min(1).describe("an SQL statement")),
  firstMigration: z
    .string()
    .regex(/^\d{4}_[a-z0-9_]+$/)
    .describe("the id of a migration, such as 0002_split_name")
    .optional(),
});

/**
 * A published version, which is deployed from its artifacts and never built again.
 *
 * `releases/<version>.json` contains one manifest. `firstMigration` is the id of the first script that the version
 * needs and older versions do not.
 */
export type ReleaseManifest = Readonly<z.infer<typeof releaseManifest>>;

/** Release manifests that cannot be used; the message names every wrong key of every file. */
export class ReleaseManifestError extends Error {
  override readonly name = "ReleaseManifestError";
}

/**
 * Reads all manifests of a folder, which may be missing.
 *
 * @throws ReleaseManifestError with the issues of all files
 */
export function readReleaseManifests(directory: string): ReleaseManifest[] {
  const issues: string[] = [];
  const manifests = jsonFiles(directory).flatMap((name) => {
    const file = join(directory, name);
    try {
      return [parseReleaseManifest(file, name.slice(0, -".json".length), readFileSync(file, "utf8"))];
    } catch (error) {
      if (!(error instanceof ReleaseManifestError)) throw error;
      issues.push(error.message);
      return [];
    }
  });
  if (issues.length > 0) throw new ReleaseManifestError(issues.join("\n"));
  return manifests;
}

/**
 * @param file the file's name for messages
 * @param version the version in the file's name
 * @throws ReleaseManifestError
 */
export function parseReleaseManifest(file: string, version: string, text: string): ReleaseManifest {
  const parsed = releaseManifest.safeParse(parseJson(file, text), { reportInput: true });
  if (!parsed.success) {
    const sentences = parsed.error.issues.map((issue) => `${file}: ${issueSentence(releaseManifest, issue)}`);
    throw new ReleaseManifestError([...sentences, `${file}: ${RESTORE}`].join("\n"));
  }
  if (parsed.data.version === version) return parsed.data;
  throw new ReleaseManifestError(
    `${file}: version must be ${JSON.stringify(version)}, got ${JSON.stringify(parsed.data.version)}. ` +
      "Name the file after its version.",
  );
}

const RESTORE = "Restore the file that `changeover publish` wrote: a published version never changes.";

function jsonFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReleaseManifestError(`${file} must be JSON: ${(error as Error).message}. ${RESTORE}`);
  }
}
