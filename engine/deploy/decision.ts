import type { Registration } from "../program/registration";
import { dependenciesOf, type ResourceState } from "../state/stack-state";
import { diffValues, matches, type RawChange, sameValue, toPropertyChange } from "../values/property-diff";
import { parsePath, resetPath } from "../values/property-path";
import type { Properties } from "../values/values";
import type { ChangeCounts, Operation, PropertyChange, Step } from "./engine";
import type { DiffResult } from "./provider";

/** What is to be done with a resource, and why. */
export interface Decision {
  readonly op: Extract<Operation, "create" | "update" | "replace" | "same">;
  readonly changes: readonly PropertyChange[];
  readonly replaceReasons: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** The inputs with everything under `ignoreChanges` as it was. */
export function applyIgnoreChanges(
  inputs: Properties,
  old: Properties,
  paths: readonly string[],
): Properties {
  return paths.reduce((result, path) => resetPath(result, old, parsePath(path)) as Properties, inputs);
}

/**
 * Decides by what the provider says of the difference and by the program's options, as Pulumi's step generator does.
 * `forced` names reasons to replace that lie outside of the inputs.
 */
export function decide(
  old: ResourceState | undefined,
  inputs: Properties,
  registration: Registration,
  diff: DiffResult,
  forced: readonly string[] = [],
): Decision {
  const { options } = registration;
  const deleteBeforeReplace = options.deleteBeforeReplace ?? diff.deleteBeforeReplace ?? false;
  if (old === undefined || old.external)
    return { op: "create", changes: [], replaceReasons: [], deleteBeforeReplace };

  const raw = diffValues(old.inputs, inputs);
  const replaces = diff.replaces ?? [];
  const changed = (diff.changes ?? raw.length > 0) || replaces.length > 0 || old.initErrors !== undefined;
  const forces = (change: RawChange) =>
    matches(change, replaces) || (changed && matches(change, options.replaceOnChanges));
  const changes = raw.map((change) => toPropertyChange(change, forces(change)));
  const byPath = changes.filter((change) => change.forcesReplacement).map((change) => change.path);
  // A provider may replace for something that is no input, such as a drifted output.
  const byProvider = replaces.filter((path) => !raw.some((change) => matches(change, [path])));
  const replaceReasons = [...new Set([...byPath, ...byProvider, ...forced])];
  if (old.pendingReplacement) replaceReasons.push("its deletion was done, its replacement not");

  if (replaceReasons.length > 0) return { op: "replace", changes, replaceReasons, deleteBeforeReplace };
  return { op: changed ? "update" : "same", changes, replaceReasons, deleteBeforeReplace };
}

/** Reasons to replace that the program's options give. `replaced` holds the URNs replaced in this update. */
export function forcedReplacements(
  registration: Registration,
  old: ResourceState,
  replaced: ReadonlySet<string>,
): string[] {
  const { deletedWith, replaceWith, replacementTrigger, provider } = registration.options;
  const reasons: string[] = [];
  if (deletedWith !== undefined && replaced.has(deletedWith)) reasons.push("deletedWith");
  if (replaceWith.some((urn) => replaced.has(urn))) reasons.push("replaceWith");
  const hadTrigger = old.replacementTrigger !== undefined && replacementTrigger !== undefined;
  if (hadTrigger && !sameValue(old.replacementTrigger, replacementTrigger))
    reasons.push("replacementTrigger");
  if (provider !== undefined && replaced.has(provider)) reasons.push("provider");
  return reasons;
}

export function countChanges(steps: readonly Step[]): ChangeCounts {
  // The deletion of what was replaced belongs to the replacement.
  const count = (op: Operation) =>
    steps.filter((step) => step.op === op && !step.replaced && !step.error).length;
  return {
    create: count("create") + count("import"),
    update: count("update"),
    replace: count("replace"),
    delete: count("delete"),
    same: count("same"),
  };
}

/** Parents and dependencies first; what could go either way goes by URN, so that two runs report alike. */
export function inDependencyOrder<T extends { readonly urn: string }>(
  items: readonly T[],
  dependencies: (item: T) => Iterable<string>,
): T[] {
  const byUrn = new Map(items.map((item) => [item.urn, item]));
  const depths = new Map<string, number>();
  const depth = (item: T): number => {
    const known = depths.get(item.urn);
    if (known !== undefined) return known;
    // Marks the item as being looked at, should a damaged state hold a circle.
    depths.set(item.urn, 0);
    let deepest = -1;
    for (const urn of dependencies(item)) {
      const dependency = byUrn.get(urn);
      if (dependency !== undefined && dependency !== item) deepest = Math.max(deepest, depth(dependency));
    }
    depths.set(item.urn, deepest + 1);
    return deepest + 1;
  };
  return [...items].sort((a, b) => depth(a) - depth(b) || (a.urn < b.urn ? -1 : a.urn > b.urn ? 1 : 0));
}

/** For each resource those that have to be deleted before it. Both must be among `resources`. */
export function dependentsOf(resources: readonly ResourceState[]): Map<ResourceState, Set<ResourceState>> {
  const byUrn = new Map<string, ResourceState[]>();
  for (const resource of resources) byUrn.set(resource.urn, [...(byUrn.get(resource.urn) ?? []), resource]);
  const dependents = new Map(resources.map((resource) => [resource, new Set<ResourceState>()]));
  for (const resource of resources) {
    for (const urn of dependenciesOf(resource)) {
      for (const dependency of byUrn.get(urn) ?? []) dependents.get(dependency)?.add(resource);
    }
  }
  return dependents;
}
