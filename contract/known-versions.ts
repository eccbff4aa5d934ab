import { join, relative } from "node:path";
import compareBuild from "semver/functions/compare-build";
import type { Application, SourceVersion } from "./application";
import type { DeployedVersion } from "./deployed-version";
import { type ReleaseManifest, readReleaseManifests } from "./release-manifest";
import { releasesDirectory } from "./releases-directory";

/** A version that can be deployed, with one or more origins. */
export interface KnownVersion {
  readonly version: string;
  /** The file that lists the queries, relative to the program. */
  readonly file: string;
  /** SQL statements by query name. */
  readonly queries: Readonly<Record<string, string>>;
  readonly origin: VersionOrigin;
}

/** The origins of a version's artifacts. The first one that is present is used: deployed, published, source. */
export interface VersionOrigin {
  /** Set if the stack has deployed the version. */
  readonly deployed?: DeployedVersion;
  readonly manifest?: ReleaseManifest;
  /** Set if this checkout can build the version. */
  readonly source?: SourceVersion;
}

/** Error messages name it as the file of queries that only the stack's outputs contain. */
const MANIFESTS_OUTPUT = "the stack's output manifests";

/**
 * All versions, oldest first. A version is built once: the artifacts and queries that are deployed take precedence over
 * those of a manifest, and these over the sources.
 *
 * @param programDirectory the folder of the Pulumi program; by default the working directory, as in a running program
 * @param deployed the versions that the stack has deployed
 * @throws ReleaseManifestError
 */
export function knownVersions(
  application: Application,
  programDirectory = ".",
  deployed: readonly DeployedVersion[] = [],
): KnownVersion[] {
  const directory = releasesDirectory(application, programDirectory);
  const known = new Map<string, KnownVersion>();
  const add = (
    version: string,
    own: VersionOrigin,
    file: string,
    { queries }: Pick<KnownVersion, "queries">,
  ) => known.set(version, { version, file, queries, origin: { ...known.get(version)?.origin, ...own } });

  for (const source of application.versions) add(source.version, { source }, source.file, source);
  for (const manifest of readReleaseManifests(directory)) {
    add(
      manifest.version,
      { manifest },
      join(relative(programDirectory, directory), `${manifest.version}.json`),
      manifest,
    );
  }
  for (const each of deployed) {
    const file = known.get(each.version)?.file ?? MANIFESTS_OUTPUT;
    add(each.version, { deployed: each }, file, each);
  }
  return [...known.values()].sort((left, right) => compareBuild(left.version, right.version));
}

/**
 * Finds a version. A version with build metadata is another deployment of the same version (`1.1.0+2` of `1.1.0`), unless
 * it is known itself.
 */
export function findVersion(known: readonly KnownVersion[], version: string): KnownVersion | undefined {
  const named = (name: string | undefined) => known.find((each) => each.version === name);
  const same = named(version.split("+")[0]);
  return named(version) ?? (same && { ...same, version });
}
