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
   * Returns true if a change of this property replaces a resource of this type. `value` is the new or the deleted
   * value.
   *
   * @default only the resource option `replaceOnChanges` is considered
   */
  readonly replaceOn?: (type: string, path: string, kind: PropertyChange["kind"], value?: Value) => boolean;
}

/**
 * Computes the steps of an update from `base` to `head`, as far as the two programs determine them. Steps are in
 * dependency order, with deletes last. Renamed resources are matched by their aliases.
 */
export function diffGraphs(base: Graph, head: Graph, options: GraphDiffOptions = {}): Step[] {
  const identities = new Identities(base);
  const found = new Set<string>();
  const steps: Step[] = [];
  for (const resource of head.resources) {
    const old = identities.find(resource);
    if (old !== undefined) found.add(old.urn);
    steps.push(compare(old, resource, options));
  }
  const byUrn = new Map(head.resources.map((resource) => [resource.urn, resource]));
  const made = inDependencyOrder(steps, ({ urn }) => dependenciesOf(byUrn.get(urn)));
  const gone = base.resources.filter(({ urn }) => !found.has(urn));
  const deletes = inDependencyOrder(gone, dependenciesOf).reverse();
  return [...made, ...deletes.map((resource) => step("delete", resource))];
}

/** Finds the same resource in another graph, by URN or alias. Parents must be looked up before their children. */
export class Identities {
  private readonly byUrn: ReadonlyMap<string, GraphResource>;
  private readonly formerUrns = new Map<string, string>();

  constructor(base: Graph) {
    this.byUrn = new Map(base.resources.map((resource) => [resource.urn, resource]));
  }

  find({
    urn,
    parent,
    options,
  }: Pick<GraphResource, "urn" | "parent" | "options">): GraphResource | undefined {
    const same = this.byUrn.get(urn);
    if (same !== undefined) return same;
    const known = formerUrns(urn, parent, options.aliases, (current) => this.formerUrns.get(current)).find(
      (each) => this.byUrn.has(each),
    );
    if (known === undefined) return undefined;
    this.formerUrns.set(urn, known);
    return this.byUrn.get(known);
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

function dependenciesOf(resource: GraphResource | undefined): string[] {
  if (resource === undefined) return [];
  return [resource.parent ?? "", ...resource.dependencies];
}
