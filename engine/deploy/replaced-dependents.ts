import { inDependencyOrder } from "../state/dependency-order";
import { dependenciesOf, type ResourceState, type StackState } from "../state/stack-state";
import { providerPackage } from "../state/urn";
import { diffValues, matches } from "../values/property-diff";
import { type Properties, UNKNOWN } from "../values/values";
import type { ProviderCalls } from "./provider-calls";

/**
 * What has to go before `root` can be deleted for its replacement: every resource that would itself be replaced
 * because a value it took from `root` changes. Resources `seen` in this update already cannot depend on `root`.
 * Source: `calculateDependentReplacements` in Pulumi's step generator.
 */
export async function replacedDependents(
  root: ResourceState,
  state: StackState,
  seen: ReadonlySet<string>,
  calls: ProviderCalls,
): Promise<ResourceState[]> {
  const reached = new Set([root.urn]);
  const replaced = new Set([root.urn]);
  const result: ResourceState[] = [];
  for (const resource of inDependencyOrder([...state.resources.values()], dependenciesOf)) {
    if (reached.has(resource.urn) || ![...dependenciesOf(resource)].some((urn) => reached.has(urn))) continue;
    reached.add(resource.urn);
    if (seen.has(resource.urn) || !(await isReplaced(resource, replaced, calls))) continue;
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
  if (!resource.custom || resource.external || resource.pendingReplacement) return false;
  if (resource.provider !== undefined && replaced.has(resource.provider)) return true;
  if (resource.deletedWith !== undefined && replaced.has(resource.deletedWith)) return true;
  const inputs: Properties = { ...resource.inputs };
  const touched = Object.keys(inputs).filter((key) =>
    (resource.propertyDependencies[key] ?? []).some((urn) => replaced.has(urn)),
  );
  if (touched.length === 0 || providerPackage(resource.type) !== undefined) return false;
  for (const key of touched) inputs[key] = UNKNOWN;
  const { replaces = [] } = await calls.diff(resource, inputs);
  if (replaces.length > 0) return true;
  const patterns = resource.replaceOnChanges ?? [];
  return diffValues(resource.inputs, inputs).some((change) => matches(change, patterns));
}
