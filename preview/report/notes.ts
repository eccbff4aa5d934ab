import { dataSourceKey } from "../../engine/program/data-source-key";
import type { Graph } from "../../engine/program/graph";
import { containsUnknown, type Properties } from "../../engine/values/values";
import type { Comparison } from "../compare/comparison";
import { enumerateUpTo } from "../wording";
import type { ResourceView } from "./resource-view";

const MAX_NAMES = 20;

const MISSING_VALUE = /(^|[^\w\s])(undefined|NaN|\[object Object\])([^\w\s]|$)/;

type Graphs = Pick<Comparison, "base" | "head">;

export interface Notes {
  /** False if the report may lack changes. */
  readonly complete: boolean;
  readonly notes: string[];
}

export function notesOn({ base, head }: Graphs, resources: readonly ResourceView[]): Notes {
  const notes: string[] = [];
  const tokens = new Set([...base.placeholders, ...head.placeholders].map(({ token }) => token));
  if (tokens.size > 0) {
    notes.push(
      `Placeholders stand for the results of ${[...tokens].sort().join(", ")}; resources that the program creates only from real results are missing.`,
    );
  }
  const queries = changedQueries({ base, head });
  if (queries.length > 0) {
    notes.push(
      `Data source queries change, and the effect is unknown until apply: ${enumerateUpTo(MAX_NAMES, queries)}.`,
    );
  }
  const unknown = resourcesWithUnknownInputs(head);
  if (unknown.length > 0) {
    notes.push(
      `Inputs of ${enumerateUpTo(MAX_NAMES, unknown)} are unknown until apply: not compared, and counted as unchanged.`,
    );
  }
  const missing = resources.flatMap(({ name, changes }) =>
    changes.filter((change) => lacksValue(change.new)).map(({ path }) => `${name}.${path}`),
  );
  if (missing.length > 0) {
    notes.push(
      `A value is missing in ${enumerateUpTo(MAX_NAMES, missing)}: a setting that the stack lacks, or a part that is unknown until apply.`,
    );
  }
  const doubtful = [...new Set(resources.filter((each) => each.mayReplace).map(({ type }) => type))];
  if (doubtful.length > 0) {
    notes.push(`Updates of ${doubtful.sort().join(", ")} may be replacements: this preview cannot tell.`);
  }
  return { complete: unknown.length === 0 && queries.length === 0, notes };
}

function resourcesWithUnknownInputs({ resources }: Graph): string[] {
  return resources
    .filter(({ inputs, custom }) => custom && Object.values(inputs).some((value) => containsUnknown(value)))
    .map(({ name }) => name);
}

/**
 * Data source queries that only one revision makes. Resources that the program creates from their results are not
 * visible.
 */
function changedQueries({ base, head }: Graphs): string[] {
  if (base.resources.length === 0) return [];
  const queriesOf = (queries: Graph["placeholders"]) =>
    new Set(queries.map(({ token, args }) => dataSourceKey(token, args)));
  const [olds, news] = comparableQueries(base, head).map(queriesOf) as [Set<string>, Set<string>];
  const without = (these: ReadonlySet<string>, those: ReadonlySet<string>, prefix: string) =>
    [...these].filter((each) => !those.has(each)).map((each) => `${prefix} ${each}`);
  return [...without(olds, news, "no longer"), ...without(news, olds, "now")];
}

/**
 * The queries of both revisions that can be compared. A program that reads its own outputs makes other queries in its
 * first update, as which the base is evaluated, than in later ones, when it can read its own resources.
 */
function comparableQueries(base: Graph, head: Graph): [Graph["placeholders"], Graph["placeholders"]] {
  if (base.readsOwnOutputs !== true) return [base.placeholders, head.placeholders];
  const tokensOf = ({ placeholders }: Graph) => new Set(placeholders.map(({ token }) => token));
  const [before, after] = [tokensOf(base), tokensOf(head)];
  return [
    base.placeholders.filter(({ token }) => after.has(token)),
    head.placeholders.filter(({ token, args }) => before.has(token) || !namesOwnResource(args)),
  ];
}

function namesOwnResource(args: Properties): boolean {
  return Object.values(args).some(
    (value) => typeof value === "string" && /^<[A-Za-z0-9]+:[^<>]+>$/.test(value),
  );
}

/**
 * True if a value contains a word such as `undefined`. In a text of several lines, such as a script, the word is
 * probably intended.
 */
function lacksValue(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\n") && MISSING_VALUE.test(value);
}
