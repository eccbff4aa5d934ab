import * as path from "node:path";
import { getPartitionOutput } from "@pulumi/aws/getPartition";
import * as pulumi from "@pulumi/pulumi";
import { type KnownVersion, type PolicyStatement, TIER_NAMES, type TierName } from "../contract";
import { ValidationError } from "./validation-error";

/** The code that one tier of one version runs. */
export interface TierArtifact {
  /** Key in the stack's artifact store, such as `web/1.0.0.js`. */
  readonly key: string;
  /** Hash of the content, in hexadecimal. */
  readonly sha256: string;
  /**
   * Path of a file that this checkout built, relative to the program so that the state is the same on every machine.
   */
  readonly file?: string;
  /** URL of the published object, `s3://bucket/key`, from the release manifest. */
  readonly url?: string;
}

export function artifactKey(tier: TierName, version: string): string {
  return `${tier}/${version}.js`;
}

/**
 * Finds the artifacts of published versions in their release manifests, and builds those of other versions.
 *
 * @throws ValidationError for versions that are neither published nor in this checkout
 */
export function resolveArtifacts(
  known: readonly KnownVersion[],
  versions: readonly string[],
): TierArtifact[] {
  const unknown = versions.filter((version) => !known.some((each) => each.version === version));
  if (unknown.length > 0) {
    throw new ValidationError(
      unknown.map((version) => ({
        key: "blueVersion or greenVersion",
        got: version,
        allowed: `a published version or one of this checkout (${known.map((each) => each.version).join(", ")})`,
        remedy: `Name one of them, or check out the commit that builds ${version}.`,
      })),
    );
  }
  return known
    .filter(({ version }) => versions.includes(version))
    .flatMap(({ version, origin }) =>
      TIER_NAMES.map((tier): TierArtifact => {
        const key = artifactKey(tier, version);
        if (origin.kind === "published") return { key, ...origin.manifest.artifacts[tier] };
        const { file, sha256 } = origin.source.build(tier);
        return { key, file: path.relative(process.cwd(), file), sha256 };
      }),
    );
}

/** The files that the stack's artifact store uploads. */
export function artifactFiles(artifacts: readonly TierArtifact[]): { key: string; file: string }[] {
  return artifacts.flatMap(({ key, file }) => (file === undefined ? [] : [{ key, file }]));
}

/** A tier's artifact. Unless it was published, it is in the stack's artifact store. */
export function artifactOf(
  artifacts: readonly TierArtifact[],
  storeUrls: Readonly<Record<string, pulumi.Output<string>>>,
  tier: TierName,
  version: string,
): { readonly url: pulumi.Input<string>; readonly sha256: string } {
  const key = artifactKey(tier, version);
  const artifact = artifacts.find((each) => each.key === key);
  const url = artifact?.url ?? storeUrls[key];
  if (artifact === undefined || url === undefined) throw new Error(`${key} must be resolved, got nothing.`);
  return { url, sha256: artifact.sha256 };
}

/** Lets instances read the published artifacts, which are not in the stack's artifact store. */
export function publishedReadStatements(artifacts: readonly TierArtifact[]): PolicyStatement[] {
  const keys = artifacts.flatMap(({ url }) => (url === undefined ? [] : [url.replace("s3://", "")]));
  if (keys.length === 0) return [];
  const { partition } = getPartitionOutput({});
  const Resource = keys.map((key) => pulumi.interpolate`arn:${partition}:s3:::${key}`);
  return [{ Effect: "Allow", Action: "s3:GetObject", Resource }];
}
