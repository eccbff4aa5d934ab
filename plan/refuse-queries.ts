import { Words } from "../components/invalid";
import { compareVersions } from "../lambda/migrate/script";
import type { QueryBreak, Verdict } from "../schema/compatibility/verdict";
import type { Refusal } from "./refusal";
import { type LastRelease, servingColors, versionsInUse, type WantedRelease } from "./release";
import { contractedScripts, planSchema, type ScriptFacts } from "./schema";

/** More of them say nothing more. */
const shownQueries = 3;

/** What is wrong with a release because of what its scripts do to the queries of the versions that can serve. */
export function refuseQueries(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
  { breaks, unusable }: Verdict,
): Refusal[] {
  if (unusable !== undefined) {
    return [
      {
        what: "migrations",
        got: new Words(unusable),
        allowed: "scripts that apply one after the other to an empty database",
        todo: "Correct the script, or restore it if it is applied already.",
      },
    ];
  }
  const serves = servingDuring(wanted, last);
  const hadUsers = versionsWithUsers(last);
  const before = appliedBefore(wanted, last, scripts);
  const during = appliedDuring(wanted, last, scripts);
  // Who has users on what is applied already lives with it, and a way out of it must stay open.
  const relevant = breaks.filter(
    ({ version, script }) =>
      serves(version, script) &&
      (script === undefined || during.has(script.file)) &&
      !(hadUsers.includes(version) && (script === undefined || before.has(script.file))),
  );
  const groups = new Map<string, QueryBreak[]>();
  for (const found of relevant) {
    const key = `${found.version} ${found.script?.file}`;
    groups.set(key, [...(groups.get(key) ?? []), found]);
  }
  return [...groups.values()].flatMap(refusalOf);
}

function versionsWithUsers(last: LastRelease | undefined): string[] {
  if (!last) return [];
  const { blue, green } = last.versions;
  return [
    ...(last.weights.blue > 0 && blue !== undefined ? [blue] : []),
    ...(last.weights.green > 0 && green !== undefined ? [green] : []),
  ];
}

/** Expand scripts run while users are still where they were; contract scripts when they have moved. */
function servingDuring(wanted: WantedRelease, last: LastRelease | undefined) {
  const staying = servingColors(wanted).map(({ version }) => version);
  const leaving = versionsWithUsers(last);
  return (version: string, script: QueryBreak["script"]) =>
    staying.includes(version) || (script?.phase === "expand" && leaving.includes(version));
}

function fileOf({ id, phase }: ScriptFacts): string {
  return `${id}.${phase}.sql`;
}

function appliedBefore(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Set<string> {
  const versions = versionsInUse(last?.versions ?? {}, compareVersions);
  const expanded = scripts.filter(({ neededBy }) =>
    versions.some((version) => neededBy !== undefined && compareVersions(neededBy, version) <= 0),
  );
  const contracted = contractedScripts({ ...wanted, contractThrough: undefined }, last, scripts);
  return new Set([...expanded, ...contracted].map(fileOf));
}

function appliedDuring(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Set<string> {
  const { expand } = planSchema(wanted, last, scripts);
  const expanded = scripts.filter(({ id, phase }) => phase === "expand" && id in expand.scripts);
  return new Set([...expanded, ...contractedScripts(wanted, last, scripts)].map(fileOf));
}

/** One refusal for all queries of a version that one script breaks. */
function refusalOf(group: readonly QueryBreak[]): Refusal[] {
  const [first] = group;
  if (!first) return [];
  const { version, file, script } = first;
  const shown = group.slice(0, shownQueries).map(({ query, problem }) => `${query}: ${problem}`);
  const more = group.length > shownQueries ? `; and ${group.length - shownQueries} more` : "";
  const queries = `${shown.join("; ")}${more}`;
  if (!script) {
    return [
      {
        what: file,
        got: new Words(`queries that ${version} cannot rely on (${queries})`),
        allowed: `queries that name their columns and fit the schema which the expand scripts up to ${version} make`,
        todo: `Correct them, or add the expand script that is missing, with "-- needed-by: ${version}".`,
      },
    ];
  }
  return [
    {
      what: script.file,
      got: new Words(`a script that breaks ${version}, which can serve when it runs (${file}: ${queries})`),
      allowed: "a change that no version which can serve notices",
      todo:
        script.phase === "expand"
          ? "Keep the old shape beside the new one, and take it away in a contract script."
          : `Its dead-from is too old: no query of that version or a later one may use what it removes.`,
    },
  ];
}
