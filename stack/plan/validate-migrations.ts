import { COLORS, type Color } from "../../components/fleet/color";
import { type ValidationIssue, ValueDescription } from "../../components/validation/validation-issue";
import { compareVersions } from "../../migrations/script/version";
import type { ReleaseContext } from "./release-context";
import { incompatibleScripts, type ScriptFacts, scriptFile } from "./scripts";

/** Issues of the wanted versions that are incompatible with applied or requested contract migrations. */
export function migrationIssues(context: ReleaseContext): ValidationIssue[] {
  return [
    ...missingScriptIssues(context),
    ...COLORS.flatMap((color) => [...tooOldIssues(context, color), ...contractIssues(context, color)]),
  ];
}

function missingScriptIssues({ wanted, last, scripts }: ReleaseContext): ValidationIssue[] {
  const ids = scripts.filter(({ phase }) => phase === "contract").map(({ id }) => id);
  const { contractThrough } = wanted;
  const issues: ValidationIssue[] = [];
  if (contractThrough !== undefined && !ids.includes(contractThrough)) {
    issues.push({
      key: "contractThrough",
      got: contractThrough,
      allowed: `the id of a contract script (${ids.join(", ") || "there is none yet"})`,
      remedy: "Set it to the last script that may run, or remove it: `pulumi config rm contractThrough`.",
    });
  }
  const applied = last?.contracted?.through;
  if (applied !== undefined && !ids.includes(applied)) {
    issues.push({
      key: "migrations",
      got: new ValueDescription(`a folder without ${applied}.contract.sql`),
      allowed: "a folder with every applied script",
      remedy: "Restore the script: it decides which versions are compatible with the database.",
    });
  }
  return issues;
}

function tooOldIssues(context: ReleaseContext, color: Color): ValidationIssue[] {
  const version = runningVersion(context, color);
  const conflict = conflictOf(version, context.contractedBefore);
  if (!conflict) return [];
  const orRetire = context.weights[color] === 0 ? `, or idle to off while ${color} receives no traffic` : "";
  return [
    {
      key: `${color}Version`,
      got: version,
      allowed: `${conflict.oldest} or later because ${version} is incompatible with ${conflict.files}, which is applied`,
      remedy: `Set ${color}Version to ${conflict.oldest} or later${orRetire}.`,
    },
  ];
}

function contractIssues(context: ReleaseContext, color: Color): ValidationIssue[] {
  const { wanted, last, contracted, contractedBefore, weights } = context;
  const requested = contracted.filter((script) => !contractedBefore.includes(script));
  const issue = { key: "contractThrough", got: wanted.contractThrough };

  const version = runningVersion(context, color);
  const conflict = conflictOf(version, requested);
  if (conflict) {
    const deploy =
      weights[color] === 0
        ? `Deploy ${conflict.oldest} or later to ${color}, or retire it with idle: off`
        : `Shift traffic to a color with ${conflict.oldest} or later first`;
    return [
      {
        ...issue,
        allowed: `a script that ${version} on ${color} is compatible with, unlike ${conflict.files}`,
        remedy: `${deploy}, or revert contractThrough.`,
      },
    ];
  }

  const before = last?.versions[color];
  const replaced = before === wanted.versions[color] ? undefined : before;
  const late = conflictOf(replaced, requested);
  if (!late) return [];
  return [
    {
      ...issue,
      allowed: `a script that ${replaced} is compatible with: this update terminates its instances on ${color} only after ${late.files}`,
      remedy: "Run `pulumi up` without contractThrough first, then with it.",
    },
  ];
}

function runningVersion({ running }: ReleaseContext, color: Color): string | undefined {
  return running.find((one) => one.color === color)?.version;
}

/** The scripts with which a version is incompatible, and the oldest version that is compatible with all of them. */
function conflictOf(version: string | undefined, scripts: readonly ScriptFacts[]) {
  const incompatible = incompatibleScripts(version, scripts);
  const oldest = incompatible
    .flatMap(({ deadFrom }) => deadFrom ?? [])
    .sort(compareVersions)
    .at(-1);
  return oldest === undefined ? undefined : { oldest, files: incompatible.map(scriptFile).join(", ") };
}
