import type { MigrationScript } from "../../migrations/script/script";
import { compareVersions, isVersion } from "../../migrations/script/version";
import { records } from "../compare/comparison";

/** What the migration function is asked to do. */
export interface MigrationRequest {
  readonly phase: "expand" | "contract";
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Why the function would refuse by itself, as `planExpand` and `planContract` of `lambda/migrate` do, as far as the programs
 * tell without the database.
 */
export function whyRefused(
  { phase, input }: MigrationRequest,
  scripts: readonly MigrationScript[],
  isApplied: (script: MigrationScript) => boolean,
): string[] {
  const contracts = scripts.filter((script) => script.phase === "contract");
  if (phase === "expand") {
    const versions = Array.isArray(input.versions) ? input.versions.map(String) : [];
    return contracts
      .filter(isApplied)
      .flatMap(({ id, deadFrom = "" }) =>
        versions
          .filter((version) => isOlder(version, deadFrom))
          .map(
            (version) => `${id} has removed what ${version} needs, which is among the versions of the step`,
          ),
      );
  }
  const last = contracts.find(({ id }) => id === input.through);
  if (last === undefined) return [`there is no contract script ${String(input.through)}`];
  const pending = contracts.filter((script) => script.number <= last.number && !isApplied(script));
  return pending.flatMap(({ id, deadFrom = "" }) =>
    records(input.serving)
      .filter(({ version }) => isOlder(String(version), deadFrom))
      .map(
        ({ color, version }) =>
          `${id} removes what ${version} needs, and ${color} can still serve ${version}`,
      ),
  );
}

function isOlder(version: string, deadFrom: string): boolean {
  return isVersion(version) && isVersion(deadFrom) && compareVersions(version, deadFrom) < 0;
}
