/** Entry point of a process that lists the versions of an application, because listing them runs its code. */

import { knownVersions, loadApplication } from "../../contract";
import type { ApplicationVersions } from "./application-versions";

function read(programDirectory: string): ApplicationVersions {
  try {
    const versions = knownVersions(loadApplication(programDirectory), programDirectory);
    return { versions: versions.map(({ version, file, queries }) => ({ version, file, queries })) };
  } catch (error) {
    return { versions: [], problem: error instanceof Error ? error.message : String(error) };
  }
}

process.send?.(read(process.argv[2] ?? "."));
