import { inDependencyOrder } from "../state/dependency-order";
import { dependenciesOf, type ResourceState, type StackState } from "../state/stack-state";
import { diffValues, matches } from "../values/property-diff";
import { type Properties, UNKNOWN } from "../values/values";
import type { ProviderCalls } from "./provider-calls";

/**
 * Finds the dependents that must be deleted before `root` is. Replacing `root` changes one of their inputs, which
 * forces their own replacement. Resources that this update has already registered cannot depend on `root`.
 *
 * @see `calculateDependentReplacements` in Pulumi's step generator
 */
export async function replacedDependents(
  root: ResourceState,
  state: StackState,
  registered: ReadonlySet<string>,
  calls: ProviderCalls,
): Promise<ResourceState[]> {
  const reached = new Set([root.urn]);
  const replaced = new Set([root.urn]);
  const result: ResourceState[] = [];
  for (const resource of inDependencyOrder([...state.resources.values()], dependenciesOf)) {
    if (reached.has(resource.urn) || ![...dependenciesOf(resource)].some((urn) => reached.has(urn))) continue;
    reached.add(resource.urn);
    if (registered.has(resource.urn) || !(await isReplaced(resource, replaced, calls))) continue;
    replaced.add(resource.urn);
    result.push(resource);
  }
  return result;
}

async function isReplaced(
  resource: ResourceState,
  replaced: ReadonlySet<string>,
  calls: ProviderCalls,
): Promise<boolean> {
  if (!resource.custom || resource.pendingReplacement) return false;
  const inputs: Properties = { ...resource.inputs };
  const affected = Object.keys(inputs).filter((key) =>
    (resource.propertyDependencies[key] ?? []).some((urn) => replaced.has(urn)),
  );
  if (affected.length === 0) return false;
  for (const key of affected) inputs[key] = UNKNOWN;
  const { replaces = [] } = await calls.diff(resource, inputs);
  if (replaces.length > 0) return true;
  const patterns = resource.replaceOnChanges ?? [];
  return diffValues(resource.inputs, inputs).some((change) => matches(change, patterns));
}
