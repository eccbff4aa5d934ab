import type { Graph } from "../../engine/program/graph";
import type { MigrationScript } from "../../migrations/script/script";
import { compareVersions } from "../../migrations/script/version";
import { jsonObject } from "../common/json";
import { type Comparison, isAws, listed, plainInputs, stepsByUrn } from "../compare/comparison";
import type { Answer } from "./answer";
import { type MigrationRequest, whyRefused } from "./rejected-migrations";

interface Run extends MigrationRequest {
  readonly urn: string;
  /** Scripts that the database has after it. */
  readonly scripts: readonly MigrationScript[];
}

/** Which migrations would run, in which phase. Undefined for a program without migration steps. */
export function migrationsAnswer(comparison: Comparison): Answer | undefined {
  const { base, head, scripts } = comparison;
  const [before, after] = [runs(base, scripts.base), runs(head, scripts.head)];
  if (before.length + after.length === 0) return undefined;
  const steps = stepsByUrn(comparison);
  const applied = new Set(before.flatMap((run) => run.scripts.map(nameOf)));
  const isApplied = (script: MigrationScript) => applied.has(nameOf(script));
  const running = chains(after.filter(({ urn }) => ["create", "replace"].includes(steps.get(urn)?.op ?? "")));
  const parts: string[] = [];
  const details: string[] = [];
  const refusals = isOneFolder(scripts.head)
    ? running.flatMap((run) => whyRefused(run, scripts.head, isApplied))
    : [];
  const changed = changedScripts(scripts.base, scripts.head).filter(isApplied);
  for (const { phase, scripts: all, invocations } of running) {
    const pending = all.filter((script) => !isApplied(script));
    const often = invocations > 1 ? ` in up to ${invocations} invocations` : "";
    if (pending.length > 0) parts.push(`${phase} runs ${listed(pending.map(({ id }) => id))}${often}`);
    // A script that was edited is nothing new, and ends it nevertheless.
    else if (changed.length === 0) parts.push(`${phase} runs again and finds nothing new`);
    details.push(...pending.map((script) => describe(script)));
  }
  if (refusals.length > 0) {
    const text = `The migration function would refuse, and the update end there: ${listed(refusals)}.`;
    return { topic: "migrations", level: "danger", text, details: [] };
  }
  if (changed.length > 0) {
    const ids = listed(changed.map(({ id, phase }) => `${id}.${phase}.sql`));
    const text = `Applied scripts were edited or removed: ${ids}. The database does not follow, and the update would fail where one was edited; restore them and write a new script.`;
    return { topic: "migrations", level: "danger", text: [text, ...parts.map(sentence)].join(" "), details };
  }
  if (parts.length === 0) return { topic: "migrations", level: "good", text: "No migration runs.", details };
  const contracts = running.some(({ phase }) => phase === "contract");
  const when = contracts ? "" : " While it runs, the current version goes on serving.";
  const text = `Migrations: ${parts.join("; ")}.${details.length > 0 ? when : ""}`;
  return { topic: "migrations", level: contracts ? "attention" : "info", text, details };
}

/** One step may be several invocations, each of which goes on where the one before stopped. */
function chains(runs: readonly Run[]): (Run & { readonly invocations: number })[] {
  const known = new Map<string, Run & { invocations: number }>();
  for (const run of runs) {
    const key = JSON.stringify([run.phase, run.scripts.map(({ id }) => id)]);
    const first = known.get(key);
    if (first) first.invocations += 1;
    else known.set(key, { ...run, invocations: 1 });
  }
  return [...known.values()];
}

function nameOf({ id, phase }: MigrationScript): string {
  return `${id}.${phase}`;
}

/** Scripts of several folders have the same numbers, and nobody here knows which function has which. */
function isOneFolder(scripts: readonly MigrationScript[]): boolean {
  const numbers = new Set(scripts.map(({ number, phase }) => `${number} ${phase}`));
  return scripts.length > 0 && numbers.size === scripts.length;
}

function sentence(part: string): string {
  return `Migrations: ${part}.`;
}

function describe({ id, phase, neededBy, deadFrom }: MigrationScript): string {
  const why = phase === "expand" ? `needed by ${neededBy}` : `dead from ${deadFrom}`;
  return `${id}.${phase}.sql, ${why}`;
}

/** The steps that run the migration function: an invocation whose input names a phase. */
function runs(graph: Graph, scripts: readonly MigrationScript[]): Run[] {
  return graph.resources.flatMap((resource): Run[] => {
    if (!isAws(resource, "Invocation")) return [];
    const input = jsonObject(plainInputs(resource).input);
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
      const goes = ({ phase, number }: MigrationScript) => phase === "contract" && number <= through;
      return [{ urn, phase: "contract", input, scripts: scripts.filter(goes) }];
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
