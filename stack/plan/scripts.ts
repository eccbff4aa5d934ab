import { compareVersions, isIncompatible } from "../../migrations/script/version";
import type { LastRelease } from "./last-release";

/** The facts of a migration script that the plan needs. */
export interface ScriptFacts {
  /** Id such as `0002_split_name`. */
  readonly id: string;
  readonly number: number;
  readonly phase: "expand" | "contract";
  /** Only for expand scripts: the first version that needs the script. */
  readonly neededBy?: string;
  /** Only for contract scripts: the first version that is compatible with the script. */
  readonly deadFrom?: string;
  readonly sha256: string;
  /** A script with a backfill may take longer than one invocation. */
  readonly backfill?: object;
}

export function scriptFile({ id, phase }: Pick<ScriptFacts, "id" | "phase">): string {
  return `${id}.${phase}.sql`;
}

/** The applied contract scripts that rule out a version: they removed something that it needs. */
export function incompatibleScripts(
  version: string | undefined,
  scripts: readonly ScriptFacts[],
): ScriptFacts[] {
  return scripts.filter(({ deadFrom }) => version !== undefined && isIncompatible(version, deadFrom));
}

/** @param versions oldest first */
export function neededScripts(versions: readonly string[], scripts: readonly ScriptFacts[]): ScriptFacts[] {
  const newest = versions.at(-1);
  return scripts.filter(
    ({ phase, neededBy }) =>
      phase === "expand" &&
      newest !== undefined &&
      neededBy !== undefined &&
      compareVersions(neededBy, newest) <= 0,
  );
}

/** Migration scripts by the update that applies them. */
export interface ScriptHistory {
  /** Contract scripts that earlier updates applied. */
  readonly contractedBefore: readonly ScriptFacts[];
  /** Contract scripts that are applied after this update. */
  readonly contracted: readonly ScriptFacts[];
  /**
   * Files that earlier updates applied with their current content. A file that was edited since is not among them.
   */
  readonly appliedBefore: ReadonlySet<string>;
  /** Files that this update must apply, including those that earlier updates applied. */
  readonly requested: ReadonlySet<string>;
  /** SHA-256 of each file that is applied after this update. */
  readonly appliedAfter: Readonly<Record<string, string>>;
}

interface VersionsInUse {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export function scriptHistory(
  scripts: readonly ScriptFacts[],
  last: LastRelease | undefined,
  versions: VersionsInUse,
  contractThrough: string | undefined,
): ScriptHistory {
  const contracts = scripts.filter(({ phase }) => phase === "contract");
  const contractsThrough = (...ids: (string | undefined)[]) => {
    const through = Math.max(
      0,
      ...contracts.filter(({ id }) => ids.includes(id)).map(({ number }) => number),
    );
    return contracts.filter(({ number }) => number <= through);
  };
  const contractedBefore = contractsThrough(last?.contracted?.through);
  const contracted = contractsThrough(last?.contracted?.through, contractThrough);
  const before = last?.applied
    ? scripts.filter((script) => last.applied?.[scriptFile(script)] === script.sha256)
    : [...neededScripts(versions.before, scripts), ...contractedBefore];
  const requested = [...neededScripts(versions.after, scripts), ...contracted];
  const applied = scripts.filter((script) => before.includes(script) || requested.includes(script));
  return {
    contractedBefore,
    contracted,
    appliedBefore: new Set(before.map(scriptFile)),
    requested: new Set(requested.map(scriptFile)),
    appliedAfter: {
      ...last?.applied,
      ...Object.fromEntries(applied.map((script) => [scriptFile(script), script.sha256])),
    },
  };
}
