import { dataSourceKey } from "../../engine/program/data-source-key";
import type { Graph } from "../../engine/program/graph";
import { containsUnknown } from "../../engine/values/values";
import { type Comparison, listedUpTo } from "../compare/comparison";
import type { ResourceView } from "./report";

/** Things of a kind that a note names. */
const NAMED = 20;

/** What JavaScript writes into a text where a value is missing or of the wrong kind. */
const SLIP = /(^|[^\w\s])(undefined|NaN|\[object Object\])([^\w\s]|$)/;

type Graphs = Pick<Comparison, "base" | "head">;

export interface Notes {
  /** Whether all that changes is seen. */
  readonly complete: boolean;
  readonly notes: string[];
}

/** What a preview cannot know. */
export function notesOn({ base, head }: Graphs, resources: readonly ResourceView[]): Notes {
  const found: string[] = [];
  const tokens = new Set([...base.placeholders, ...head.placeholders].map(({ token }) => token));
  if (tokens.size > 0) {
    found.push(
      `Without a cloud there was nobody to ask for ${[...tokens].sort().join(", ")}; placeholders stood in for the answers, and what a program makes only once it has one is missing.`,
    );
  }
  const changed = changedQuestions({ base, head });
  if (changed.length > 0) {
    found.push(
      `What data sources are asked changes, and what comes of that only a cloud can tell: ${listedUpTo(NAMED, changed)}.`,
    );
  }
  const unknown = unknownIn(head);
  if (unknown.length > 0) {
    found.push(
      `Not compared, because only a cloud can tell: inputs of ${listedUpTo(NAMED, unknown)}. They count as unchanged.`,
    );
  }
  const slips = resources.flatMap(({ name, changes }) =>
    changes.filter((change) => isSlip(change.new)).map(({ path }) => `${name}.${path}`),
  );
  if (slips.length > 0) {
    found.push(
      `A value is missing from the text of ${listedUpTo(NAMED, slips)}: a setting that the stack lacks, or a part of what only a cloud can tell.`,
    );
  }
  const doubtful = [...new Set(resources.filter((each) => each.mayReplace).map(({ type }) => type))];
  if (doubtful.length > 0) {
    found.push(`Updates of ${doubtful.sort().join(", ")} may be replacements: this preview does not know.`);
  }
  return { complete: unknown.length === 0 && changed.length === 0, notes: found };
}

/** Names of the resources that have an input which only a cloud can tell. */
function unknownIn({ resources }: Graph): string[] {
  return resources
    .filter(({ inputs, custom }) => custom && Object.values(inputs).some((value) => containsUnknown(value)))
    .map(({ name }) => name);
}

/** What data sources are asked in one revision alone; nothing when there is none to compare with. */
function changedQuestions({ base, head }: Graphs): string[] {
  if (base.resources.length === 0) return [];
  const questions = ({ placeholders }: Graph) =>
    new Set(placeholders.map(({ token, args }) => dataSourceKey(token, args)));
  const [olds, news] = [questions(base), questions(head)];
  const without = (these: ReadonlySet<string>, those: ReadonlySet<string>, word: string) =>
    [...these].filter((each) => !those.has(each)).map((each) => `${word} ${each}`);
  return [...without(olds, news, "no longer"), ...without(news, olds, "now")];
}

/** Of a text with several lines, such as a script, the word is probably a part. */
function isSlip(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\n") && SLIP.test(value);
}
