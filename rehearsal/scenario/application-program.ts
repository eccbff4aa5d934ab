import { join } from "node:path";
import { findVersion, knownVersions, loadApplication, RELEASES_DIRECTORY_VARIABLE } from "../../contract";
import { analyze } from "../../migrations/analysis";
import { loadScripts } from "../../migrations/script/load-scripts";
import type { RehearsedProgram } from "./rehearsed-program";
import { planReleases, prepareReleases } from "./releases";
import { simulatedBucket } from "./simulated-bucket";

/** The stack of this repository with the application of a folder. The program builds only its newest version. */
export function applicationProgram(programDirectory: string): RehearsedProgram {
  const application = loadApplication(programDirectory);
  const known = knownVersions(application, programDirectory);
  const scripts = loadScripts(join(programDirectory, application.migrationsDirectory));
  return {
    isOwn: false,
    name: application.name,
    versions: known.map(({ version }) => version),
    scripts,
    plan(versions) {
      const releases = planReleases(known, versions);
      return {
        buckets: releases.buckets,
        async prepare() {
          // The result is cached. Otherwise each deployment would analyze its own version while load runs.
          await analyze(
            scripts,
            versions.flatMap((version) => findVersion(known, version) ?? []),
          );
        },
        async fill(simulator, directory) {
          const releasesDirectory = join(directory, "releases");
          const simulated = (bucket: string) => simulatedBucket(simulator, bucket);
          await prepareReleases(releases, { application, programDirectory, releasesDirectory, simulated });
          return { environment: { [RELEASES_DIRECTORY_VARIABLE]: releasesDirectory }, settings: {} };
        },
      };
    },
  };
}
