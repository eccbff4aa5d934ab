import type { Graph, GraphResource } from "../../engine/program/graph";
import type { ChangeCounts, Step } from "../../engine/state/step";
import { diffValues, toPropertyChange } from "../../engine/values/property-diff";
import { type Comparison, changedProviders, emptyGraph, isDoubtful } from "../compare/comparison";
import { type Answer, answers } from "../findings/registry";
import { notesOn } from "./notes";
import { type PropertyView, readableParts } from "./property-view";

/** What `--format json` prints. Fields are only ever added; a change of meaning raises `format`. */
export interface Report {
  readonly format: 2;
  readonly project: string;
  readonly stack: string;
  readonly base: Revision;
  readonly head: Revision;
  /**
   * `refused`: the program says no to head's config. `broken`: head cannot be evaluated. `uncompared`: head can, and base
   * cannot, so there is nothing to compare with.
   */
  readonly outcome: "same" | "changes" | "refused" | "broken" | "uncompared";
  /** Why head cannot be evaluated; only when refused or broken. */
  readonly error?: ReportError;
  /** Why base cannot be evaluated. Then head was judged as if the stack had never been updated. */
  readonly baseError?: ReportError;
  /** Whether everything could be compared. If not, `same` is as far as can be told, and a note names what was not. */
  readonly complete: boolean;
  /** How many resources head declares; only when uncompared. */
  readonly declared?: number;
  /** In words, in the order in which it is asked. Empty when nothing was compared. */
  readonly answers: readonly Answer[];
  readonly counts: ChangeCounts;
  /** What changes, in the order in which it would be made. */
  readonly resources: readonly ResourceView[];
  /** The stack's outputs that change. */
  readonly outputs: readonly PropertyView[];
  /** What the program says (`pulumi.log.warn` and `error`) in head. */
  readonly messages: readonly { readonly severity: "warning" | "error"; readonly message: string }[];
  /** What this preview cannot know. */
  readonly notes: readonly string[];
}

export interface Revision {
  /** As it was asked for; "working tree" for files that are not committed. */
  readonly ref: string;
  /** Absent for the working tree. */
  readonly commit?: string;
}

export interface ReportError {
  /** Whether the program said no, or broke. */
  readonly outcome: "refused" | "broken";
  /** What failed: the installation of its dependencies, or the program. */
  readonly step: "install" | "evaluate";
  readonly message: string;
  /** Where in the program it was thrown, innermost first; empty for a refusal. */
  readonly frames: readonly string[];
}

export interface ResourceView {
  readonly op: "create" | "update" | "replace" | "delete" | "import";
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly protect: boolean;
  /** An update of which it is not known here whether it is a replacement. */
  readonly mayReplace: boolean;
  /** Properties that make it a replacement. */
  readonly replaceReasons: readonly string[];
  /** Differences of the inputs; of what is created, all inputs. What comes or goes as a whole is shown part by part. */
  readonly changes: readonly PropertyView[];
}

export type Identity = Pick<Report, "project" | "stack" | "base" | "head">;

const NOTHING = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };

export function reportOf(comparison: Comparison, { project, stack, base, head }: Identity): Report {
  const [olds, news] = [byUrn(comparison.base), byUrn(comparison.head)];
  const resources = comparison.steps.flatMap((step) => view(step, olds, news));
  const outputs = diffValues(comparison.base.outputs, comparison.head.outputs).flatMap((change) =>
    readableParts(toPropertyChange(change, false)),
  );
  const { regions, others } = changedProviders(comparison);
  const changesProvider = regions.length + others.length > 0;
  const isFirst = comparison.base.resources.length === 0;
  return {
    format: 2,
    ...{ project, stack, base, head },
    outcome: resources.length > 0 || outputs.length > 0 || changesProvider ? "changes" : "same",
    answers: answers(comparison),
    counts: count(resources, comparison),
    resources,
    // Of a new stack every output is new.
    outputs: isFirst ? [] : outputs,
    messages: warningsOf(comparison.head),
    ...notesOn(comparison, resources),
  };
}

/** The report when head cannot be evaluated. */
export function reportOfError(
  error: ReportError,
  baseError: ReportError | undefined,
  identity: Identity,
): Report {
  return { ...uncompared(identity), outcome: error.outcome, error, baseError };
}

/** The report when base cannot be evaluated, and head can. */
export function reportOfHead(head: Graph, baseError: ReportError, identity: Identity): Report {
  const comparison = { base: emptyGraph(head.project, head.stack), head };
  return {
    ...uncompared(identity),
    baseError,
    declared: ownedBy(head).length,
    messages: warningsOf(head),
    notes: [
      "The head revision was evaluated as if the stack had never been updated: what depends on what is deployed was not checked.",
      ...notesOn(comparison, []).notes,
    ],
  };
}

function uncompared({ project, stack, base, head }: Identity): Report {
  const nothing = { answers: [], counts: NOTHING, resources: [], outputs: [], messages: [], notes: [] };
  return { format: 2, ...{ project, stack, base, head }, outcome: "uncompared", complete: false, ...nothing };
}

function warningsOf({ messages }: Graph): Report["messages"] {
  return messages.flatMap(({ severity, message }) => (severity === "info" ? [] : [{ severity, message }]));
}

type ByUrn = ReadonlyMap<string, GraphResource>;

function byUrn({ resources }: Graph): ByUrn {
  return new Map(resources.map((resource) => [resource.urn, resource]));
}

function view(step: Step, olds: ByUrn, news: ByUrn): ResourceView[] {
  const { op, urn, type, name, protect, replaceReasons } = step;
  if (op === "same" || op === "read" || op === "refresh") return [];
  const resource = (op === "delete" ? olds : news).get(urn);
  // Components are shown by what they are made of; only plugins' are resources of their own.
  if (!step.custom && resource?.remote !== true) return [];
  const made = op === "create" || op === "import";
  const changes = made
    ? diffValues({}, resource?.inputs ?? {}).map((change) => toPropertyChange(change, false))
    : step.changes;
  return [
    {
      ...{ op, urn, type, name, protect, replaceReasons },
      mayReplace: isDoubtful(step, resource),
      changes: changes.flatMap(readableParts),
    },
  ];
}

function count(resources: readonly ResourceView[], { head }: Comparison): ChangeCounts {
  const of = (op: ResourceView["op"]) => resources.filter((resource) => resource.op === op).length;
  const owned = ownedBy(head).length;
  const changed = { create: of("create") + of("import"), update: of("update"), replace: of("replace") };
  const same = owned - changed.create - changed.update - changed.replace;
  return { ...changed, delete: of("delete"), same };
}

function ownedBy({ resources }: Graph): GraphResource[] {
  return resources.filter(({ custom, remote, read }) => (custom || remote) && !read);
}
