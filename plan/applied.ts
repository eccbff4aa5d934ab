import { compareVersions } from "../lambda/migrate/script";
import { type LastRelease, versionsInUse, type WantedRelease } from "./release";
import { contractedScripts, planSchema, type ScriptFacts } from "./schema";

/** Those who would feel a change of the schema. */
export function versionsWithUsers(last: LastRelease | undefined): string[] {
  if (!last) return [];
  const { blue, green } = last.versions;
  return [
    ...(last.weights.blue > 0 && blue !== undefined ? [blue] : []),
    ...(last.weights.green > 0 && green !== undefined ? [green] : []),
  ];
}

/** The files of the scripts that earlier updates have run. */
export function appliedBefore(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Set<string> {
  if (last?.applied) return new Set(last.applied);
  const versions = versionsInUse(last?.versions ?? {}, compareVersions);
  const expanded = scripts.filter(({ neededBy }) =>
    versions.some((version) => neededBy !== undefined && compareVersions(neededBy, version) <= 0),
  );
  const contracted = contractedScripts({ ...wanted, contractThrough: undefined }, last, scripts);
  return new Set([...expanded, ...contracted].map(fileOf));
}

/** The files of the scripts that this update runs, or ran before and still asks for. */
export function appliedDuring(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Set<string> {
  const { expand } = planSchema(wanted, last, scripts);
  const expanded = scripts.filter(({ id, phase }) => phase === "expand" && id in expand.scripts);
  return new Set([...expanded, ...contractedScripts(wanted, last, scripts)].map(fileOf));
}

function fileOf({ id, phase }: ScriptFacts): string {
  return `${id}.${phase}.sql`;
}
