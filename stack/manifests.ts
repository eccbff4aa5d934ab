import * as pulumi from "@pulumi/pulumi";
import type { ArtifactStore } from "../components";
import type { DeployedVersion, TierName } from "../contract";
import { firstMigration, type NeededScript } from "../migrations/script/first-migration";
import { artifactOf, type ReleasedVersion } from "./artifacts";
import { formerVersions } from "./plan/last-manifests";

/** The content of the output `manifests`, without the URLs of new objects. */
export interface ManifestPlan {
  readonly released: readonly ReleasedVersion[];
  readonly former: readonly DeployedVersion[];
  readonly scripts: readonly NeededScript[];
  /** The commit of this checkout, if it is known. */
  readonly commit?: string;
}

export function planManifests(
  released: readonly ReleasedVersion[],
  last: readonly DeployedVersion[],
  checkout: Pick<ManifestPlan, "scripts" | "commit">,
): ManifestPlan {
  const versions = released.map(({ known }) => known.version);
  return { released, former: formerVersions(last, versions), ...checkout };
}

/**
 * The stack's output `manifests`: the JSON of a release manifest by version. With it, later updates need neither the
 * sources nor the manifest of a version.
 */
export function manifestsOutput(
  { released, former, scripts, commit }: ManifestPlan,
  store: ArtifactStore,
): pulumi.Output<Record<string, string>> {
  const kept = former.map((each): [string, string] => [each.version, JSON.stringify(each)]);
  const written = released.map(({ known, store: inStore }) => {
    const { version, queries, origin } = known;
    const artifact = (tier: TierName) => artifactOf(released, store.urls, tier, version);
    const published = origin.deployed ??
      origin.manifest ?? {
        commit,
        firstMigration: firstMigration(version, scripts),
      };
    const manifest = {
      version,
      commit: published.commit,
      artifacts: { web: artifact("web"), app: artifact("app") },
      queries,
      firstMigration: published.firstMigration,
      store: inStore,
    };
    return [version, pulumi.jsonStringify(manifest)] as const;
  });
  const texts: Record<string, pulumi.Input<string>> = Object.fromEntries([...kept, ...written]);
  return pulumi.output(texts);
}
