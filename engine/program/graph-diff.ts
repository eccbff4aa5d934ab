import { formerUrns } from "../state/aliases";
import { inDependencyOrder } from "../state/dependency-order";
import type { Step } from "../state/step";
import { parseUrn } from "../state/urn";
import {
  diffValues,
  matches,
  type PropertyChange,
  type RawChange,
  toPropertyChange,
} from "../values/property-diff";
import { applyIgnoreChanges, formatPath } from "../values/property-path";
import type { Value } from "../values/values";
import type { Graph, GraphResource } from "./graph";

export interface GraphDiffOptions {
  /**
   * Whether a change of this property replaces a resource of this type. `value` is what comes or goes. Default:
   * `replaceOnChanges` alone decides.
   */
  readonly replaceOn?: (type: string, path: string, kind: PropertyChange["kind"], value?: Value) => boolean;
}

/**
 * What going from one graph to the other would do, as far as the programs alone can tell: steps in dependency order,
 * deletes last. A resource that has moved is found by its aliases.
 */
export function diffGraphs(base: Graph, head: Graph, options: GraphDiffOptions = {}): Step[] {
  const identities = new Identities(base);
  const kept = new Set<string>();
  const steps: Step[] = [];
  for (const resource of head.resources) {
    const old = identities.find(resource);
    if (old !== undefined) kept.add(old.urn);
    steps.push(compare(old, resource, options));
  }
  const byUrn = new Map(head.resources.map((resource) => [resource.urn, resource]));
  const made = inDependencyOrder(steps, ({ urn }) => needs(byUrn.get(urn)));
  const gone = base.resources.filter(({ urn }) => !kept.has(urn));
  const deletes = inDependencyOrder(gone, needs).reverse();
  return [...made, ...deletes.map((resource) => step("delete", resource))];
}

/** Finds what a resource was in another graph, if need be by its aliases. Wants parents before their children. */
export class Identities {
  readonly #olds: ReadonlyMap<string, GraphResource>;
  /** URNs that are others now, by what they have become. */
  readonly #former = new Map<string, string>();

  constructor(base: Graph) {
    this.#olds = new Map(base.resources.map((resource) => [resource.urn, resource]));
  }

  find({
    urn,
    parent,
    options,
  }: Pick<GraphResource, "urn" | "parent" | "options">): GraphResource | undefined {
    const same = this.#olds.get(urn);
    if (same !== undefined) return same;
    const known = formerUrns(urn, parent, options.aliases, (current) => this.#former.get(current)).find(
      (each) => this.#olds.has(each),
    );
    if (known === undefined) return undefined;
    this.#former.set(urn, known);
    return this.#olds.get(known);
  }
}

function compare(
  old: GraphResource | undefined,
  resource: GraphResource,
  { replaceOn }: GraphDiffOptions,
): Step {
  if (resource.read) return step("read", resource);
  if (old === undefined || old.read) return step("create", resource);
  const { ignoreChanges, replaceOnChanges } = resource.options;
  const forces = (change: RawChange) =>
    resource.custom &&
    (matches(change, replaceOnChanges) ||
      (replaceOn?.(resource.type, formatPath(change.path), change.kind, change.new ?? change.old) ?? false));
  const changes = diffValues(old.inputs, applyIgnoreChanges(resource.inputs, old.inputs, ignoreChanges)).map(
    (change) => toPropertyChange(change, forces(change)),
  );
  const replaceReasons = changes.filter((change) => change.forcesReplacement).map((change) => change.path);
  if (replaceReasons.length > 0) return { ...step("replace", resource), changes, replaceReasons };
  return { ...step(changes.length > 0 ? "update" : "same", resource), changes };
}

function step(op: Step["op"], { urn, type, parent, custom, options }: GraphResource): Step {
  const { name } = parseUrn(urn);
  const protect = options.protect ?? false;
  return { op, urn, type, name, parent, custom, changes: [], replaceReasons: [], protect, durationMs: 0 };
}

function needs(resource: GraphResource | undefined): string[] {
  if (resource === undefined) return [];
  return [resource.parent ?? "", ...resource.dependencies];
}
