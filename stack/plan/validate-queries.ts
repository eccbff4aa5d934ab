import { type ValidationIssue, ValueDescription } from "../../components/validation/validation-issue";
import type { QueryBreak } from "../../migrations/analysis/report";
import type { ReleaseContext } from "./release-context";

const MAX_NAMED_QUERIES = 3;

/** Issues of scripts that break queries of the versions with instances. */
export function queryIssues(context: ReleaseContext): ValidationIssue[] {
  const { breaks, unusable } = context.report;
  if (unusable !== undefined) {
    return [
      {
        key: "migrations",
        got: new ValueDescription(unusable.replace(/\.$/, "")),
        allowed: "scripts that apply in order to an empty database",
        remedy: "Correct the script, or restore it if it is applied already.",
      },
    ];
  }
  const groups = new Map<string, QueryBreak[]>();
  for (const found of breaks.filter((each) => concernsUpdate(context, each))) {
    const group = `${found.version} ${found.script?.file}`;
    groups.set(group, [...(groups.get(group) ?? []), found]);
  }
  return [...groups.values()].flatMap(issueOfGroup);
}

function concernsUpdate(context: ReleaseContext, { version, script }: QueryBreak): boolean {
  const { running, versionsWithTraffic, requested, appliedBefore } = context;
  const hadTraffic = versionsWithTraffic.includes(version);
  // Expand runs before the traffic shifts, contract after it.
  const isAffected =
    running.some((color) => color.version === version) || (script?.phase === "expand" && hadTraffic);
  const runs = script === undefined || requested.has(script.file);
  // A version with traffic may be incompatible with a script that is already applied. An issue for it would block the
  // update that shifts its traffic away.
  const isAccepted = hadTraffic && (script === undefined || appliedBefore.has(script.file));
  return isAffected && runs && !isAccepted;
}

/** One issue for all queries of a version that one script breaks. */
function issueOfGroup(group: readonly QueryBreak[]): ValidationIssue[] {
  const [first] = group;
  if (!first) return [];
  const { version, file, script } = first;
  const named = group.slice(0, MAX_NAMED_QUERIES).map(({ query, problem }) => `${query}: ${problem}`);
  const more = group.length > MAX_NAMED_QUERIES ? `; and ${group.length - MAX_NAMED_QUERIES} more` : "";
  const queries = `${named.join("; ")}${more}`;
  if (!script) {
    return [
      {
        key: file,
        got: new ValueDescription(queries),
        allowed: `made of queries that name their columns and fit the schema of the expand scripts up to ${version}`,
        remedy: `Correct them, or add the missing expand script with "-- needed-by: ${version}".`,
      },
    ];
  }
  return [
    {
      key: script.file,
      got: new ValueDescription(`incompatible queries in ${file} (${queries})`),
      allowed: `compatible with ${version}, which has instances when it runs`,
      remedy:
        script.phase === "expand"
          ? "Keep the old shape beside the new one, and remove it in a contract script."
          : "Raise its dead-from: no query of that version or a later one may use what the script removes.",
    },
  ];
}
