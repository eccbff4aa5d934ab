import { join, relative } from "node:path";

/** The folder that contains Pulumi.yaml. */
export const PROGRAM_DIRECTORY = join(__dirname, "..");

/** Loads the application of this checkout. It is loaded on demand, because `--help` does not need it. */
export function openApplication() {
  const { knownVersions, loadApplication, releasesDirectory } =
    require("../contract") as typeof import("../contract");
  const application = loadApplication(PROGRAM_DIRECTORY);
  return {
    application,
    name: application.name,
    versions: knownVersions(application, PROGRAM_DIRECTORY),
    releasesDirectory: releasesDirectory(application, PROGRAM_DIRECTORY),
    migrationsDirectory: relative("", join(PROGRAM_DIRECTORY, application.migrationsDirectory)),
  };
}
