import { join, relative } from "node:path";

/** The folder that contains Pulumi.yaml. */
export const PROGRAM_DIRECTORY = join(__dirname, "..");

/**
 * Loads the application of a program. It is loaded on demand, because `--help` does not need it.
 *
 * @param programDirectory the folder of Pulumi.yaml, by default that of this checkout
 */
export function openApplication(programDirectory = PROGRAM_DIRECTORY) {
  const { knownVersions, loadApplication, releasesDirectory } =
    require("../contract") as typeof import("../contract");
  const application = loadApplication(programDirectory);
  return {
    application,
    name: application.name,
    versions: knownVersions(application, programDirectory),
    releasesDirectory: releasesDirectory(application, programDirectory),
    migrationsDirectory: relative("", join(programDirectory, application.migrationsDirectory)),
  };
}
