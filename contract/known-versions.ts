import { join } from "node:path";
import compareBuild from "semver/functions/compare-build";
import type { Application, SourceVersion } from "./application";
import { type ReleaseManifest, readReleaseManifests } from "./release-manifest";

/** A version that can be deployed: published, or built from the sources of this checkout. */
export interface KnownVersion {
  readonly version: string;
  /** The file that lists the queries, relative to the program. */
  readonly file: string;
  /** SQL statements by query name. */
  readonly queries: Readonly<Record<string, string>>;
  readonly origin:
    | { readonly kind: "published"; readonly manifest: ReleaseManifest }
    | { readonly kind: "source"; readonly source: SourceVersion };
}

/**
 * All versions, oldest first. A published version is never built again, so its manifest takes precedence over its
 * sources.
 *
 * @param programDirectory the folder of the Pulumi program; by default the working directory, as in a running program
 * @throws ReleaseManifestError
 */
export function knownVersions(application: Application, programDirectory = "."): KnownVersion[] {
  const { releasesDirectory, versions } = application;
  const known = new Map<string, KnownVersion>();
  for (const source of versions) {
    const { version, file, queries } = source;
    known.set(version, { version, file, queries, origin: { kind: "source", source } });
  }
  for (const manifest of readReleaseManifests(join(programDirectory, releasesDirectory))) {
    const { version, queries } = manifest;
    const file = join(releasesDirectory, `${version}.json`);
    known.set(version, { version, file, queries, origin: { kind: "published", manifest } });
  }
  return [...known.values()].sort((left, right) => compareBuild(left.version, right.version));
}
