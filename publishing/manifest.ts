import { type ReleaseManifest, TIER_NAMES, type TierName } from "../contract";
import type { BuiltArtifact } from "./build-release";

/** The key of an artifact. Its digest makes it unique, so a build never overwrites another build's object. */
export function artifactKey(
  prefix: string,
  version: string,
  { tier, sha256, extension }: Omit<BuiltArtifact, "content">,
): string {
  return `${prefix}${tier}/${version}-${sha256.slice(0, 12)}${extension}`;
}

/** The key of the manifest in the bucket. This object decides between two builds of a version. */
export function manifestKey(prefix: string, version: string): string {
  return `${prefix}releases/${version}.json`;
}

/** The tiers whose built artifact differs from the manifest. */
export function differingTiers(
  manifest: ReleaseManifest,
  built: readonly Pick<BuiltArtifact, "tier" | "sha256">[],
): TierName[] {
  return TIER_NAMES.filter((tier) =>
    built.some((artifact) => artifact.tier === tier && artifact.sha256 !== manifest.artifacts[tier].sha256),
  );
}

/** @param place the manifest's file or URL */
export function neverChanges(
  manifest: ReleaseManifest,
  place: string,
  built: readonly Pick<BuiltArtifact, "tier" | "sha256">[],
): string {
  const tiers = differingTiers(manifest, built).map((tier) => {
    const now = built.find((artifact) => artifact.tier === tier)?.sha256 ?? "";
    return `${tier} ${manifest.artifacts[tier].sha256.slice(0, 12)}, and this checkout builds ${now.slice(0, 12)}`;
  });
  const { version, commit } = manifest;
  return (
    `A published version never changes: ${place} has ${version} of commit ${commit.slice(0, 12)} with ${tiers.join("; ")}. ` +
    `Publish the change under a new version, or check out ${commit.slice(0, 12)}.`
  );
}

export function manifestText(manifest: ReleaseManifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
