import { Words } from "../../components/validation/invalid-argument";
import type { AnalysisReport, QueryBreak } from "../../migrations/analysis/report";
import type { Refusal } from "../validation-error";
import { appliedBefore, appliedDuring, type ScriptFacts } from "./scripts";
import { type LastRelease, servingColors, versionsWithUsers, type WantedRelease } from "./release-context";

/** Queries named in one refusal; the rest are counted. */
const shownQueries = 3;

/** What is wrong with a release because of what its scripts do to the queries of the versions that can serve. */
export function refuseQueries(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
  { breaks, unusable }: AnalysisReport,
): Refusal[] {
  if (unusable !== undefined) {
    return [
      {
        what: "migrations",
        got: new Words(unusable.replace(/\.$/, "")),
        allowed: "scripts that apply one after the other to an empty database",
        todo: "Correct the script, or restore it if it is applied already.",
      },
    ];
  }
  const serves = servingDuring(wanted, last);
  const hadUsers = versionsWithUsers(last);
  const before = appliedBefore(wanted, last, scripts);
  const during = appliedDuring(wanted, last, scripts);
  // A script that is already applied is no reason to refuse a version that has users: they live with it, and a refusal
  // would block the update that moves them away.
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

/** Expand scripts run while users are still where they were; contract scripts when they have moved. */
function servingDuring(wanted: WantedRelease, last: LastRelease | undefined) {
  const staying = servingColors(wanted).map(({ version }) => version);
  const leaving = versionsWithUsers(last);
  return (version: string, script: QueryBreak["script"]) =>
    staying.includes(version) || (script?.phase === "expand" && leaving.includes(version));
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
