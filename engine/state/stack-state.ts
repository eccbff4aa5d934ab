import type { Properties } from "../values/values";

export interface ResourceState {
  urn: string;
  type: string;
  /** False for components and the stack. */
  custom: boolean;
  /** Id of the resource. Absent for components. */
  id?: string;
  /** Inputs after the provider's `check`, with its defaults. */
  inputs: Properties;
  outputs: Properties;
  parent?: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  protect?: boolean;
  /** True if a deletion only removes the resource from the state. */
  retainOnDelete?: boolean;
  replaceOnChanges?: string[];
  timeouts?: OperationTimeouts;
  /** Set if the resource was created but failed to initialize. The next update updates it again. */
  initErrors?: string[];
  /** True if the resource was deleted and its replacement has not been created. */
  pendingReplacement?: boolean;
}

/** Timeouts of operations, in seconds. */
export interface OperationTimeouts {
  create?: number;
  update?: number;
  delete?: number;
}

export class StackState {
  readonly resources: Map<string, ResourceState>;
  /** Replaced resources that must still be deleted. */
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

  /** Copies the state. Property values are shared with the copy, because they are immutable. */
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

/** URNs of all resources that must exist as long as this resource exists. */
export function dependenciesOf(resource: ResourceState): Set<string> {
  const { urn, parent, dependencies, propertyDependencies } = resource;
  const urns = [...dependencies, ...Object.values(propertyDependencies).flat()];
  if (parent !== undefined) urns.push(parent);
  return new Set(urns.filter((each) => each !== urn));
}
