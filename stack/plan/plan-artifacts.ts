import {
  type ArtifactFile,
  type DeployedVersion,
  type ReleaseManifest,
  TIER_NAMES,
  type TierName,
} from "../../contract";

/** The places that have a version's artifacts. */
export interface ArtifactFacts {
  readonly version: string;
  readonly deployed?: DeployedVersion;
  readonly manifest?: ReleaseManifest;
  /** The artifacts that this checkout builds, with paths relative to the program. */
  readonly built?: Readonly<Record<TierName, ArtifactFile>> & { readonly version: string };
  /** SHA-256 by key of the artifacts that programs before the output `manifests` uploaded. */
  readonly uploadedBefore?: Readonly<Record<string, string>>;
}

export interface PlannedArtifact {
  readonly sha256: string;
  /** The URL of an object that exists, `s3://bucket/key`. */
  readonly url?: string;
  /** The object that the stack declares in its artifact store, instead of `url`. */
  readonly upload?: { readonly key: string; readonly file: string };
}

export interface VersionArtifacts {
  readonly artifacts: Readonly<Record<TierName, PlannedArtifact>>;
  readonly store?: DeployedVersion["store"];
  readonly warnings: readonly string[];
}

/**
 * Plans the artifacts of a version. A version is published once: a build that differs from the published one is not
 * uploaded.
 *
 * An object stays declared while the checkout builds the same bytes, so that an update without a deployment changes no
 * resource. A checkout without these sources stops declaring it, and the object is retained in the bucket. It is not
 * declared again, since Pulumi would upload it again.
 *
 * @returns undefined if the version is neither deployed nor published, and this checkout does not build it
 */
export function planArtifacts(facts: ArtifactFacts): VersionArtifacts | undefined {
  const { version, deployed, manifest, built } = facts;
  if (deployed !== undefined) return planDeployed(facts, deployed);
  if (isUploadedBefore(facts)) return built && planUploadedBefore(version, built, facts.uploadedBefore);
  if (manifest !== undefined) {
    return { artifacts: manifest.artifacts, warnings: buildWarnings(version, manifest.artifacts, built) };
  }
  if (built === undefined) return undefined;
  const upload = (tier: TierName) => ({ key: artifactKey(tier, built), file: built[tier].file });
  return {
    artifacts: byTier((tier) => ({ sha256: built[tier].sha256, upload: upload(tier) })),
    store: "declared",
    warnings: [],
  };
}

/**
 * True if a program before the output `manifests` uploaded the version. Such objects have no retainOnDelete, so
 * Pulumi would delete them if they were not declared.
 */
function isUploadedBefore({ version, uploadedBefore = {} }: ArtifactFacts): boolean {
  return TIER_NAMES.some((tier) => formerKey(tier, version) in uploadedBefore);
}

type Digests = Readonly<Record<TierName, { readonly sha256: string }>>;

function planDeployed(
  { version, manifest, built }: ArtifactFacts,
  { artifacts, store }: DeployedVersion,
): VersionArtifacts {
  const warnings = [
    ...buildWarnings(version, artifacts, built),
    ...differingTiers(artifacts, manifest?.artifacts).map(
      ({ tier, deployed, other }) =>
        `${tier}/${version} is deployed with SHA-256 ${deployed}, and its release manifest has ${other}. ` +
        "Instances run the deployed artifact. Release the other one under a new version.",
    ),
  ];
  const isDeclared =
    store === "declared" && built !== undefined && differingTiers(artifacts, built).length === 0;
  if (!isDeclared) return { artifacts, store: store && "retained", warnings };
  return {
    artifacts: byTier((tier) => {
      const { sha256, url } = artifacts[tier];
      return { sha256, upload: { key: objectKey(url), file: built[tier].file } };
    }),
    store,
    warnings,
  };
}

function planUploadedBefore(
  version: string,
  built: NonNullable<ArtifactFacts["built"]>,
  uploadedBefore: ArtifactFacts["uploadedBefore"] = {},
): VersionArtifacts {
  const artifacts = byTier((tier) => {
    const key = formerKey(tier, version);
    return { sha256: uploadedBefore[key] ?? built[tier].sha256, upload: { key, file: built[tier].file } };
  });
  return { artifacts, store: "declared", warnings: buildWarnings(version, artifacts, built) };
}

function buildWarnings(version: string, published: Digests, built: ArtifactFacts["built"]): string[] {
  return differingTiers(published, built).map(
    ({ tier, deployed, other }) =>
      `${tier}/${version} is published with SHA-256 ${deployed}, and this checkout builds ${other}. ` +
      "Instances run the published artifact. Release the change under a new version.",
  );
}

function differingTiers(published: Digests, others: Digests | undefined) {
  return TIER_NAMES.flatMap((tier) => {
    const other = others?.[tier].sha256;
    const deployed = published[tier].sha256;
    if (other === undefined || other === deployed) return [];
    return [{ tier, deployed: deployed.slice(0, 12), other: other.slice(0, 12) }];
  });
}

/** The digest makes a key unique, so that no build overwrites the object of another. */
function artifactKey(tier: TierName, built: NonNullable<ArtifactFacts["built"]>): string {
  const { file, sha256 } = built[tier];
  const extension = /\.[A-Za-z0-9]+$/.exec(file)?.[0] ?? "";
  return `${tier}/${built.version}-${sha256.slice(0, 12)}${extension}`;
}

function formerKey(tier: TierName, version: string): string {
  return `${tier}/${version}.js`;
}

function objectKey(url: string): string {
  return url.replace(/^s3:\/\/[^/]+\//, "");
}

function byTier<Value>(make: (tier: TierName) => Value): Record<TierName, Value> {
  return { web: make("web"), app: make("app") };
}
