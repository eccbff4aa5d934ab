import type { ResourceProperties } from "./values";

/** One resource that exists in the simulator. */
export interface StoredResource {
  readonly type: string;
  readonly id: string;
  /** The resource's name in the program. */
  readonly name: string;
  readonly inputs: ResourceProperties;
  readonly outs: ResourceProperties;
}

/** The resources of the simulator, by type token and id. */
export class ResourceStore {
  private readonly byType = new Map<string, Map<string, StoredResource>>();

  put(record: StoredResource): void {
    const ofType = this.byType.get(record.type) ?? new Map<string, StoredResource>();
    this.byType.set(record.type, ofType.set(record.id, record));
  }

  get(type: string, id: string): StoredResource | undefined {
    return this.byType.get(type)?.get(id);
  }

  /** Overwrites outputs of a resource, as a change outside the program does. */
  patch(type: string, id: string, outs: ResourceProperties): void {
    const record = this.get(type, id);
    if (record) this.put({ ...record, outs: { ...record.outs, ...outs } });
  }

  delete(type: string, id: string): void {
    this.byType.get(type)?.delete(id);
  }

  of(type: string): StoredResource[] {
    return [...(this.byType.get(type)?.values() ?? [])];
  }

  /** Number of resources of each type. */
  counts(): Record<string, number> {
    return Object.fromEntries(
      [...this.byType].filter(([, ofType]) => ofType.size > 0).map(([type, ofType]) => [type, ofType.size]),
    );
  }
}
