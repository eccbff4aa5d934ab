import { objectsIn } from "../../aws/json-input";
import type { MigrationScript } from "../../migrations/script/script";
import { isIncompatible, isVersion } from "../../migrations/script/version";

export interface MigrationPayload {
  readonly phase: "expand" | "contract";
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Reasons for which the migration function would reject a payload (`migrations/runner/plan.ts`), as far as they
 * follow from the scripts.
 */
export function rejectionReasons(
  { phase, input }: MigrationPayload,
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
          .filter((version) => isKnownIncompatible(version, deadFrom))
          .map((version) => `${id} is applied and incompatible with ${version}, a version of this step`),
      );
  }
  const last = contracts.find(({ id }) => id === input.through);
  if (last === undefined) return [`contract script ${String(input.through)} does not exist`];
  const pending = contracts.filter((script) => script.number <= last.number && !isApplied(script));
  return pending.flatMap(({ id, deadFrom = "" }) =>
    objectsIn(input.serving)
      .filter(({ version }) => isKnownIncompatible(String(version), deadFrom))
      .map(({ color, version }) => `${id} is incompatible with ${version}, which ${color} can still serve`),
  );
}

/** False if one of the texts is not a version, because the payload may be that of another program. */
function isKnownIncompatible(version: string, deadFrom: string): boolean {
  return isVersion(version) && isVersion(deadFrom) && isIncompatible(version, deadFrom);
}
