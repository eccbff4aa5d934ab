import type { Properties, Value } from "../values/values";

/** What the engine knows of one resource from the last update. */
export interface ResourceState {
  urn: string;
  type: string;
  /** False for components and the stack. */
  custom: boolean;
  /** Absent for components. */
  id?: string;
  /** As the program gave them and the provider's `check` completed them. */
  inputs: Properties;
  outputs: Properties;
  parent?: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  /** URN of an explicit provider. */
  provider?: string;
  protect?: boolean;
  retainOnDelete?: boolean;
  deletedWith?: string;
  replaceOnChanges?: string[];
  /** The value that forces a replacement when it changes. */
  replacementTrigger?: Value;
  /** Seconds, by operation. */
  timeouts?: OperationTimeouts;
  /** The id by which it was imported. */
  importId?: string;
  /** Read, not owned: never deleted. */
  external?: boolean;
  /** It exists but did not become well; the next update tries again. */
  initErrors?: string[];
  /** It was deleted for its replacement, which has not been created yet. */
  pendingReplacement?: boolean;
}

export interface OperationTimeouts {
  create?: number;
  update?: number;
  delete?: number;
}

/** An operation that had begun when the engine was killed; nobody knows how it ended. */
export interface PendingOperation {
  readonly urn: string;
  readonly op: string;
}

/** Everything that is kept between two updates. */
export class StackState {
  readonly resources: Map<string, ResourceState>;
  /** Replaced resources that are still to be deleted. */
  readonly condemned: Set<ResourceState>;
  readonly pending: Set<PendingOperation>;
  /** The stack's outputs, as `Engine.outputs` describes them. */
  outputs: Properties;

  constructor(
    content: {
      resources?: readonly ResourceState[];
      condemned?: readonly ResourceState[];
      pending?: readonly PendingOperation[];
      outputs?: Properties;
    } = {},
  ) {
    this.resources = new Map((content.resources ?? []).map((resource) => [resource.urn, resource]));
    this.condemned = new Set(content.condemned ?? []);
    this.pending = new Set(content.pending ?? []);
    this.outputs = content.outputs ?? {};
  }

  /** Follows a resource that the program calls by another name now. */
  rename(from: string, to: string): void {
    const rename = (urn: string) => (urn === from ? to : urn);
    for (const resource of this.all()) {
      resource.urn = rename(resource.urn);
      if (resource.parent !== undefined) resource.parent = rename(resource.parent);
      if (resource.provider !== undefined) resource.provider = rename(resource.provider);
      if (resource.deletedWith !== undefined) resource.deletedWith = rename(resource.deletedWith);
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
    return [...this.resources.values(), ...this.condemned];
  }
}

/** URNs that must stand as long as this resource does. */
export function dependenciesOf(resource: ResourceState): Set<string> {
  const urns = [...resource.dependencies, ...Object.values(resource.propertyDependencies).flat()];
  for (const urn of [resource.parent, resource.provider, resource.deletedWith]) {
    if (urn !== undefined) urns.push(urn);
  }
  return new Set(urns.filter((urn) => urn !== resource.urn));
}
