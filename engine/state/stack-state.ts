import type { Properties } from "../values/values";

export interface ResourceState {
  urn: string;
  type: string;
  /** False for components and the stack. */
  custom: boolean;
  /** Absent for components. */
  id?: string;
  /** As completed by the provider's `check`. */
  inputs: Properties;
  outputs: Properties;
  parent?: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  protect?: boolean;
  replaceOnChanges?: string[];
  timeouts?: OperationTimeouts;
  /** The resource was created but failed to initialize; the next update updates it again. */
  initErrors?: string[];
  /** The resource was deleted and its replacement is not created yet. */
  pendingReplacement?: boolean;
}

/** Seconds, by operation. */
export interface OperationTimeouts {
  create?: number;
  update?: number;
  delete?: number;
}

export class StackState {
  readonly resources: Map<string, ResourceState>;
  /** Replaced resources that are still to be deleted. */
  readonly pendingDeletes: Set<ResourceState>;
  outputs: Properties;

  constructor(
    content: {
      resources?: Iterable<ResourceState>;
      pendingDeletes?: Iterable<ResourceState>;
      outputs?: Properties;
    } = {},
  ) {
    this.resources = new Map([...(content.resources ?? [])].map((resource) => [resource.urn, resource]));
    this.pendingDeletes = new Set(content.pendingDeletes);
    this.outputs = content.outputs ?? {};
  }

  /** A state that can be changed independently; property values are shared, as they never change in place. */
  copy(): StackState {
    const copyOf = (resource: ResourceState): ResourceState => ({
      ...resource,
      propertyDependencies: { ...resource.propertyDependencies },
    });
    return new StackState({
      resources: [...this.resources.values()].map(copyOf),
      pendingDeletes: [...this.pendingDeletes].map(copyOf),
      outputs: this.outputs,
    });
  }

  rename(from: string, to: string): void {
    const rename = (urn: string) => (urn === from ? to : urn);
    for (const resource of this.all()) {
      resource.urn = rename(resource.urn);
      if (resource.parent !== undefined) resource.parent = rename(resource.parent);
      resource.dependencies = resource.dependencies.map(rename);
      for (const [key, urns] of Object.entries(resource.propertyDependencies)) {
        resource.propertyDependencies[key] = urns.map(rename);
      }
    }
    const entries = [...this.resources.values()];
    this.resources.clear();
    for (const resource of entries) this.resources.set(resource.urn, resource);
  }

  all(): ResourceState[] {
    return [...this.resources.values(), ...this.pendingDeletes];
  }
}

/** URNs that must exist as long as this resource does. */
export function dependenciesOf(resource: ResourceState): Set<string> {
  const { urn, parent, dependencies, propertyDependencies } = resource;
  const urns = [...dependencies, ...Object.values(propertyDependencies).flat()];
  if (parent !== undefined) urns.push(parent);
  return new Set(urns.filter((each) => each !== urn));
}
