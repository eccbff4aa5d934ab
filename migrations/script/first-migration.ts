import { compareVersions } from "./version";

export interface NeededScript {
  readonly id: string;
  readonly neededBy?: string;
}

/** The id of the first script that a version needs and older versions do not; undefined if there is none. */
export function firstMigration(version: string, scripts: readonly NeededScript[]): string | undefined {
  return scripts.find(({ neededBy }) => neededBy !== undefined && compareVersions(neededBy, version) === 0)
    ?.id;
}
