import { compareVersions } from "../../migrations/script/version";
import { type LastRelease, versionsInUse, type WantedRelease } from "./release-context";

/** What the rules need of a migration script. */
export interface ScriptFacts {
  /** `0002_split_name` */
  readonly id: string;
  readonly number: number;
  readonly phase: "expand" | "contract";
  /** Expand: the version that first needs it. */
  readonly neededBy?: string;
  /** Contract: the old shape is dead once every color that can serve is at or past this version. */
  readonly deadFrom?: string;
  readonly sha256: string;
  /** Many rows that are changed in batches: it may take longer than one invocation has. */
  readonly backfill?: object;
}

export function fileOf({ id, phase }: ScriptFacts): string {
  return `${id}.${phase}.sql`;
}

/** The expand scripts that one of the versions needs; oldest version first. */
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

/** Contract scripts that are applied once this update is done: those of before, and those that it asks for. */
export function contractedScripts(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): ScriptFacts[] {
  const numberOf = (id: string | undefined) =>
    scripts.find((script) => script.phase === "contract" && script.id === id)?.number ?? 0;
  const through = Math.max(numberOf(last?.contracted?.through), numberOf(wanted.contractThrough));
  return scripts.filter((script) => script.phase === "contract" && script.number <= through);
}

/**
 * The files of the scripts that earlier updates have run, as they are now: what was edited since is another script, that
 * nobody has judged.
 */
export function appliedBefore(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Set<string> {
  const { applied } = last ?? {};
  if (applied) {
    const same = scripts.filter((script) => applied[fileOf(script)] === script.sha256);
    return new Set(same.map(fileOf));
  }
  const needed = neededScripts(versionsInUse(last?.versions ?? {}), scripts);
  const contracted = contractedScripts({ ...wanted, contractThrough: undefined }, last, scripts);
  return new Set([...needed, ...contracted].map(fileOf));
}

/** The files of the scripts that this update runs, or ran before and still asks for. */
export function appliedDuring(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Set<string> {
  const needed = neededScripts(versionsInUse(wanted.versions), scripts);
  return new Set([...needed, ...contractedScripts(wanted, last, scripts)].map(fileOf));
}

/** What the next update finds applied: each file's SHA-256. */
export function appliedAfter(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Record<string, string> {
  const files = new Set([...appliedBefore(wanted, last, scripts), ...appliedDuring(wanted, last, scripts)]);
  const now = scripts.filter((script) => files.has(fileOf(script)));
  return { ...last?.applied, ...Object.fromEntries(now.map((script) => [fileOf(script), script.sha256])) };
}

/** The scripts that a version does not survive, as a text, and the oldest version that survives all of them. */
export function brokenBy(
  version: string | undefined,
  scripts: readonly ScriptFacts[],
): { ids: string[]; files: string; oldest?: string } {
  const broken = scripts.filter(
    ({ deadFrom }) =>
      version !== undefined && deadFrom !== undefined && compareVersions(version, deadFrom) < 0,
  );
  const ids = broken.map(({ id }) => id);
  const files = ids.map((id) => `${id}.contract.sql`).join(", ");
  const oldest = broken
    .flatMap(({ deadFrom }) => deadFrom ?? [])
    .sort(compareVersions)
    .at(-1);
  return { ids, files, oldest };
}
