import * as path from "node:path";
import { getPartitionOutput } from "@pulumi/aws/getPartition";
import * as pulumi from "@pulumi/pulumi";
import { type ValidationIssue, ValueDescription } from "../components/validation/validation-issue";
import {
  type ArtifactFile,
  findVersion,
  type KnownVersion,
  type PolicyStatement,
  type SourceVersion,
  TIER_NAMES,
  type TierName,
} from "../contract";
import { type ArtifactFacts, planArtifacts, type VersionArtifacts } from "./plan/plan-artifacts";
import { ValidationError } from "./validation-error";

export interface ReleasedVersion extends VersionArtifacts {
  readonly known: KnownVersion;
}

/** The URLs of the objects that the stack declares, by key. */
type StoreUrls = Readonly<Record<string, pulumi.Output<string>>>;

/**
 * Finds the artifacts of each version: those that are deployed, else published, else built by this checkout.
 *
 * @param scripts the ids of all migrations
 * @param uploadedBefore SHA-256 by key of the artifacts that programs before the output `manifests` uploaded
 * @throws ValidationError for all versions without artifacts, or without their first migration
 */
export function resolveArtifacts(
  known: readonly KnownVersion[],
  versions: readonly string[],
  scripts: readonly string[],
  uploadedBefore?: ArtifactFacts["uploadedBefore"],
): ReleasedVersion[] {
  const issues: ValidationIssue[] = [];
  const released = versions.flatMap((version): ReleasedVersion[] => {
    const found = findVersion(known, version);
    if (found === undefined) {
      issues.push(unknownVersion(known, version));
      return [];
    }
    const { deployed, manifest, source } = found.origin;
    const planned = planArtifacts({
      version,
      deployed,
      manifest,
      built: source && build(source),
      uploadedBefore,
    });
    if (planned === undefined) issues.push(withoutSources(version));
    const firstMigration = (deployed ?? manifest)?.firstMigration;
    if (firstMigration !== undefined && !scripts.includes(firstMigration)) {
      issues.push(withoutMigration(version, firstMigration));
    }
    return planned === undefined ? [] : [{ ...planned, known: found }];
  });
  if (issues.length > 0) throw new ValidationError(issues);
  return released;
}

function build(source: SourceVersion): ArtifactFacts["built"] {
  const tier = (name: TierName): ArtifactFile => {
    const { file, sha256 } = source.build(name);
    // Relative, so that the state is the same on every machine.
    return { file: path.relative(process.cwd(), file), sha256 };
  };
  return { version: source.version, web: tier("web"), app: tier("app") };
}

function unknownVersion(known: readonly KnownVersion[], version: string): ValidationIssue {
  return {
    key: "blueVersion or greenVersion",
    got: version,
    allowed: `a deployed or published version, or one of this checkout (${known.map((each) => each.version).join(", ")})`,
    remedy: `Name one of them, publish ${version} at its tag with \`changeover publish\` and commit the manifest, or check out the commit that builds ${version}.`,
  };
}

function withoutSources(version: string): ValidationIssue {
  return {
    key: "blueVersion or greenVersion",
    got: version,
    allowed: "a version that this checkout builds, in the first update after an upgrade of this program",
    remedy: `Add the sources of ${version} to this checkout for one update. It records the artifacts of ${version}, and later updates need no sources.`,
  };
}

function withoutMigration(version: string, id: string): ValidationIssue {
  return {
    key: "migrations",
    got: new ValueDescription(`a folder without ${id}.expand.sql`),
    allowed: `a folder with the first script that ${version} needs`,
    remedy: `Check out a commit that has ${id}: the tag of ${version} or a later one.`,
  };
}

/** The files that the stack's artifact store uploads. */
export function artifactFiles(released: readonly ReleasedVersion[]): { key: string; file: string }[] {
  const uploads = released.flatMap(({ artifacts }) =>
    TIER_NAMES.flatMap((tier) => artifacts[tier].upload ?? []),
  );
  // Two deployments of one version, such as 1.1.0 and 1.1.0+2, have the same artifacts.
  return [...new Map(uploads.map((upload) => [upload.key, upload])).values()];
}

/** A tier's artifact, in the stack's artifact store or in the bucket of releases. */
export function artifactOf(
  released: readonly ReleasedVersion[],
  storeUrls: StoreUrls,
  tier: TierName,
  version: string,
): { readonly url: pulumi.Input<string>; readonly sha256: string } {
  const artifact = released.find(({ known }) => known.version === version)?.artifacts[tier];
  const url = artifact?.upload === undefined ? artifact?.url : storeUrls[artifact.upload.key];
  if (artifact === undefined || url === undefined) {
    throw new Error(`The artifact ${tier} of ${version} must be resolved, got nothing.`);
  }
  return { url, sha256: artifact.sha256 };
}

/** Lets instances of a tier read its artifacts in the stack's artifact store. */
export function uploadedReadStatement(bucketName: pulumi.Output<string>, tier: TierName): PolicyStatement {
  const { partition } = getPartitionOutput({});
  const Resource = pulumi.interpolate`arn:${partition}:s3:::${bucketName}/${tier}/*`;
  return { Effect: "Allow", Action: "s3:GetObject", Resource };
}

/** Lets instances of a tier read its published artifacts, which are not in the stack's artifact store. */
export function publishedReadStatements(
  released: readonly ReleasedVersion[],
  tier: TierName,
): PolicyStatement[] {
  const urls = released
    .filter(({ store }) => store === undefined)
    .flatMap(({ artifacts }) => artifacts[tier].url ?? []);
  if (urls.length === 0) return [];
  const { partition } = getPartitionOutput({});
  const keys = [...new Set(urls)].map((url) => url.replace("s3://", ""));
  const Resource = keys.map((key) => pulumi.interpolate`arn:${partition}:s3:::${key}`);
  return [{ Effect: "Allow", Action: "s3:GetObject", Resource }];
}
