import { join } from "node:path";
import type { Application } from "./application";

/** The environment variable that names another folder of release manifests than the application's. */
export const RELEASES_DIRECTORY_VARIABLE = "CHANGEOVER_RELEASES_DIRECTORY";

/** The folder of the release manifests: from the environment variable if it is set, else the application's. */
export function releasesDirectory(application: Application, programDirectory: string): string {
  const named = process.env[RELEASES_DIRECTORY_VARIABLE];
  return named === undefined || named === "" ? join(programDirectory, application.releasesDirectory) : named;
}
