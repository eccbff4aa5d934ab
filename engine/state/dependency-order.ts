import { dependenciesOf, type ResourceState } from "./stack-state";

/**
 * Sorts items so that dependencies come first. Ties are sorted by URN, so that the order is the same in every run.
 */
export function inDependencyOrder<T extends { readonly urn: string }>(
  items: readonly T[],
  dependencies: (item: T) => Iterable<string>,
): T[] {
  const byUrn = new Map(items.map((item) => [item.urn, item]));
  const depths = new Map<string, number>();
  const depth = (item: T): number => {
    const known = depths.get(item.urn);
    if (known !== undefined) return known;
    // This ends the recursion if dependencies are circular.
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
