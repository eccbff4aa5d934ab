import { parseJsonInput } from "../../aws/json-input";
import { isAwsType } from "../../aws/resource-types";
import type { Graph } from "../../engine/program/graph";
import type { MigrationScript } from "../../migrations/script/script";
import { compareVersions } from "../../migrations/script/version";
import type { Comparison } from "../compare/comparison";
import { plainInputs } from "../compare/resources";
import { stepsByUrn } from "../compare/steps";
import { enumerate } from "../wording";
import { danger, type FindingContent, info, nothing, warning } from "./finding";
import { type MigrationPayload, rejectionReasons } from "./rejected-migrations";

interface MigrationInvocation extends MigrationPayload {
  readonly urn: string;
  /** All scripts that have been applied after this invocation. */
  readonly scripts: readonly MigrationScript[];
}

/** Reports the migrations that would run. Does not apply to programs without migration steps. */
export const migrationsCheck = { topic: "migrations", find } as const;

function find(comparison: Comparison): FindingContent[] {
  const { base, head, scripts } = comparison;
  const [before, after] = [invocationsIn(base, scripts.base), invocationsIn(head, scripts.head)];
  if (before.length + after.length === 0) return [];
  const steps = stepsByUrn(comparison);
  const applied = new Set(before.flatMap((invocation) => invocation.scripts.map(keyOf)));
  const isApplied = (script: MigrationScript) => applied.has(keyOf(script));
  const invoked = after.filter(({ urn }) => ["create", "replace"].includes(steps.get(urn)?.op ?? ""));
  const running = byStep(invoked);
  const rejections = isOneFolder(scripts.head)
    ? running.flatMap((invocation) => rejectionReasons(invocation, scripts.head, isApplied))
    : [];
  if (rejections.length > 0) {
    const summary = `The migration function would reject this, and the update would stop there: ${enumerate(rejections)}.`;
    return [danger("migration-rejected", summary)];
  }
  const changed = changedScripts(scripts.base, scripts.head).filter(isApplied);
  const sentences: string[] = [];
  const details: string[] = [];
  for (const { phase, scripts: all, invocations } of running) {
    const pending = all.filter((script) => !isApplied(script));
    const count = invocations > 1 ? ` in up to ${invocations} invocations` : "";
    if (pending.length > 0) sentences.push(`${phase} runs ${enumerate(pending.map(({ id }) => id))}${count}`);
    // A run with an edited script is not harmless: nothing is pending, but it fails.
    else if (changed.length === 0) sentences.push(`${phase} runs again with nothing pending`);
    details.push(...pending.map(describe));
  }
  if (changed.length > 0) {
    const files = enumerate(changed.map(({ id, phase }) => `${id}.${phase}.sql`));
    const edited = `Applied scripts were edited or removed: ${files}. The database does not change with them, and the update fails where one was edited. Restore them and write a new script.`;
    const summary = [edited, ...sentences.map((each) => `Migrations: ${each}.`)].join(" ");
    return [danger("applied-script-changed", summary, details)];
  }
  if (sentences.length === 0) return [nothing("no-migrations", "No migration runs.", details)];
  const contracts = running.some(({ phase }) => phase === "contract");
  const serving = contracts || details.length === 0 ? "" : " The current version keeps serving meanwhile.";
  const summary = `Migrations: ${sentences.join("; ")}.${serving}`;
  return [contracts ? warning("contract-runs", summary, details) : info("migrations-run", summary, details)];
}

/**
 * Groups invocations by step. A step may have several invocations, and each one continues the work of the previous
 * one.
 */
function byStep(
  invocations: readonly MigrationInvocation[],
): (MigrationInvocation & { readonly invocations: number })[] {
  const found = new Map<string, MigrationInvocation & { invocations: number }>();
  for (const invocation of invocations) {
    const key = JSON.stringify([invocation.phase, invocation.scripts.map(({ id }) => id)]);
    const first = found.get(key);
    if (first) first.invocations += 1;
    else found.set(key, { ...invocation, invocations: 1 });
  }
  return [...found.values()];
}

function keyOf({ id, phase }: MigrationScript): string {
  return `${id}.${phase}`;
}

/**
 * True if all scripts can be from one folder. If numbers occur twice, there are several folders, and the graph does
 * not show which function has which folder.
 */
function isOneFolder(scripts: readonly MigrationScript[]): boolean {
  const numbers = new Set(scripts.map(({ number, phase }) => `${number} ${phase}`));
  return scripts.length > 0 && numbers.size === scripts.length;
}

function describe({ id, phase, neededBy, deadFrom }: MigrationScript): string {
  const reason = phase === "expand" ? `needed by ${neededBy}` : `dead from ${deadFrom}`;
  return `${id}.${phase}.sql, ${reason}`;
}

function invocationsIn(graph: Graph, scripts: readonly MigrationScript[]): MigrationInvocation[] {
  return graph.resources.flatMap((resource): MigrationInvocation[] => {
    if (!isAwsType(resource.type, "Invocation")) return [];
    const input = parseJsonInput(plainInputs(resource).input);
    const { urn } = resource;
    if (input?.phase === "expand" && Array.isArray(input.versions)) {
      const newest = input.versions.map(String).sort(compareVersions).at(-1);
      const isNeeded = ({ phase, neededBy }: MigrationScript) =>
        phase === "expand" && neededBy && newest && compareVersions(neededBy, newest) <= 0;
      return [{ urn, phase: "expand", input, scripts: scripts.filter(isNeeded) }];
    }
    if (input?.phase === "contract") {
      const through =
        scripts.find(({ id, phase }) => phase === "contract" && id === input.through)?.number ?? 0;
      const isIncluded = ({ phase, number }: MigrationScript) => phase === "contract" && number <= through;
      return [{ urn, phase: "contract", input, scripts: scripts.filter(isIncluded) }];
    }
    return [];
  });
}

function changedScripts(base: readonly MigrationScript[], head: readonly MigrationScript[]) {
  return base.filter((old) => {
    const next = head.find(({ id, phase }) => id === old.id && phase === old.phase);
    return next === undefined || next.sha256 !== old.sha256;
  });
}
