import { posix } from "node:path";
import type { QueryBreak } from "../../migrations/analysis/report";
import type { LintFinding } from "../../migrations/lint/finding";
import type { MigrationScript } from "../../migrations/script/script";
import { compareVersions, isIncompatible, isVersion } from "../../migrations/script/version";
import type { FilePlace } from "../checkout/file-place";
import { danger, type FindingContent, info, warning } from "../findings/finding";
import { enumerate, enumerateUpTo } from "../wording";
import type { ScriptChange } from "./script-changes";
import type { FolderReport } from "./script-folder";

const MAX_NAMES = 5;

/** The facts about the previewed stacks that decide when a script runs, and which versions serve then. */
export interface StackFacts {
  readonly stack: string;
  /** The versions of its colors, before and after the change. */
  readonly versions: readonly string[];
  /** SHA-256 of the applied scripts by file. */
  readonly applied: Readonly<Record<string, unknown>>;
}

export interface ScriptContext {
  readonly stacks: readonly StackFacts[];
  /** False if the program packs other folders, but not this one. */
  readonly isApplied: boolean;
  /** False for the scripts of another migration tool. */
  readonly isOwnFormat: boolean;
}

/** Findings on one script of the change: its own state, and each problem with its line. */
export function scriptFindings(
  change: ScriptChange,
  report: FolderReport,
  facts: ScriptContext,
  localName: string,
): FindingContent[] {
  const former = changedFormer(change, facts);
  if (change.kind === "deleted") return former;
  const place = (line?: number): FilePlace => ({ file: change.path, ...(line ? { line } : {}) });
  const script = report.scripts.find(({ file }) => file === localName);
  const problems = [
    ...report.invalid
      .filter(({ file }) => file === localName || file === "")
      .map((problem) => ({
        ...danger("script-invalid", `${capitalized(withoutPeriod(problem.message))}.`),
        place: place(problem.line),
      })),
    ...report.lint
      .filter((finding) => finding.file === localName && !finding.suppressed)
      .map((finding) => ({ ...lintFinding(finding), place: place(finding.line) })),
    ...(script === undefined ? [] : brokenQueries(script, report.breaks, facts)).map((finding) => ({
      ...finding,
      place: place(),
    })),
  ];
  const name = posix.basename(change.path);
  const errors = problems.filter(({ severity }) => severity === "danger").length;
  const warnings = problems.length - errors;
  const checks =
    errors + warnings === 0
      ? "no check found a problem"
      : `${count(errors, "error")}, ${count(warnings, "warning")}`;
  const described =
    script === undefined
      ? `${name} cannot be read`
      : `${name} (${facts.isOwnFormat ? describe(script) : "of another migration tool"}) is ${change.kind === "added" ? "new" : change.kind}: ${checks}`;
  const isUnsafe = errors > 0;
  // The checks of an edited script say nothing about a database that has applied the former one.
  const isRedundant = !isUnsafe && former.some(({ severity }) => severity === "danger");
  const head: FindingContent = {
    ...(isUnsafe ? danger : info)(
      isUnsafe ? "script-harmful" : "script-new",
      `${described}. ${script === undefined || !facts.isOwnFormat ? "" : runTime(script, facts)}`.trim(),
      [
        ...report.lint
          .filter(({ file, suppressed }) => file === localName && suppressed)
          .map(({ line, rule, suppressed }) => `line ${line}: ${rule} is suppressed: ${suppressed?.reason}`),
        ...report.unchecked,
      ],
    ),
    place: place(),
  };
  const misplaced =
    facts.isApplied || !facts.isOwnFormat
      ? []
      : [
          {
            ...warning(
              "script-misplaced",
              `No previewed stack applies ${name}: its program packs another folder. Move the script there, unless another program applies it.`,
            ),
            place: place(),
          },
        ];
  return [...(isRedundant ? [] : [head]), ...problems, ...misplaced, ...former];
}

function describe({ phase, neededBy, deadFrom, isImported }: MigrationScript): string {
  if (isImported) return `${phase}, imported`;
  return phase === "expand" ? `expand, needed by ${neededBy}` : `contract, dead from ${deadFrom}`;
}

/** The update that runs a script, as a sentence. */
function runTime(
  { id, phase, neededBy = "", deadFrom }: MigrationScript,
  { stacks, isApplied }: ScriptContext,
): string {
  if (!isApplied) return "";
  if (phase === "contract") {
    return `It runs in the first update with contractThrough ${id} or a later script, when no color runs a version before ${deadFrom}.`;
  }
  if (!isVersion(neededBy)) return "";
  const at = stacks
    .filter(({ versions }) =>
      versions.some((each) => isVersion(each) && compareVersions(each, neededBy) >= 0),
    )
    .map(({ stack }) => stack);
  const others = stacks.filter(({ stack }) => !at.includes(stack)).map(({ stack }) => stack);
  const now = at.length > 0 ? `It runs in the next update of ${enumerate(at)}, before instances change.` : "";
  const later =
    others.length > 0 || stacks.length === 0
      ? `It runs ${at.length > 0 ? `in ${enumerate(others)} ` : ""}with the first deployment of ${neededBy} or a newer version, before its instances start.`
      : "";
  return [now, later].filter(Boolean).join(" ");
}

function lintFinding({ rule, severity, statement, impact, remediation }: LintFinding): FindingContent {
  const make = severity === "error" ? danger : warning;
  const code = severity === "error" ? "script-harmful" : "script-warning";
  return { ...make(code, `${statement} (${rule}): ${impact}`), remediation };
}

/** Queries that the script breaks, of the versions that can serve when it runs. */
function brokenQueries(
  script: MigrationScript,
  breaks: readonly QueryBreak[],
  facts: ScriptContext,
): FindingContent[] {
  const own = breaks.filter(
    (each) => each.script?.file === script.file && canServe(each.version, script, facts),
  );
  return [...new Set(own.map(({ version }) => version))].map((version) => {
    const queries = own.filter((each) => each.version === version);
    const details = queries.slice(0, MAX_NAMES).map(({ query, problem }) => `${query}: ${problem}`);
    const names = enumerateUpTo(
      MAX_NAMES,
      queries.map(({ query }) => query),
    );
    const remediation =
      script.phase === "expand"
        ? "Keep the old shape beside the new one, and remove it in a contract script."
        : "Raise its dead-from: no query of that version or a later one may use what the script removes.";
    const summary = `It breaks ${queries.length === 1 ? "a query" : `${queries.length} queries`} of ${version}, which can serve when it runs: ${names}.`;
    return { ...danger("script-incompatible", summary, details), remediation };
  });
}

/**
 * True for a version that can receive traffic when the script runs. Versions older than those of all stacks are gone. An
 * expand script runs before the version that needs it, and a contract script after the last older version is gone.
 */
function canServe(
  version: string,
  { phase, neededBy, deadFrom }: MigrationScript,
  { stacks }: ScriptContext,
): boolean {
  if (phase === "contract") return !isIncompatible(version, deadFrom);
  const inUse = stacks
    .flatMap(({ versions }) => versions)
    .filter(isVersion)
    .sort(compareVersions);
  const [oldest] = inUse;
  if (oldest !== undefined && compareVersions(version, oldest) < 0) return false;
  return inUse.includes(version) || neededBy === undefined || compareVersions(version, neededBy) < 0;
}

/** Reports an edited, renamed or deleted script, which a database may already have. */
function changedFormer(change: ScriptChange, { stacks, isApplied }: ScriptContext): FindingContent[] {
  if (change.kind === "added") return [];
  const file = posix.basename(change.formerPath ?? change.path);
  const at = stacks.filter(({ applied }) => applied[file] !== undefined).map(({ stack }) => stack);
  const verb = change.kind === "renamed" ? `renamed to ${posix.basename(change.path)}` : change.kind;
  const remedy =
    change.kind === "deleted"
      ? "Restore it"
      : "Restore it with its name and content, and write the difference as a new script";
  const place = change.kind === "deleted" ? undefined : { file: change.path };
  if (!isApplied || (at.length === 0 && stacks.length > 0)) {
    const summary = `${file} is ${verb}. No previewed stack has applied it; a database that has would reject the next update, because its ledger has the hash of each script.`;
    return [{ ...warning("script-changed", summary), place }];
  }
  const where =
    at.length > 0
      ? `${enumerate(at)} ${at.length === 1 ? "has" : "have"} applied it`
      : "a stack may have applied it";
  const summary = `The released script ${file} is ${verb}, and ${where}: the database does not change with it, and its ledger rejects another content or a missing script.`;
  return [{ ...danger("script-changed", summary), place, remediation: `${remedy}.` }];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function withoutPeriod(text: string): string {
  return text.replace(/\.$/, "");
}
