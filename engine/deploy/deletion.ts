import { dependentsOf } from "../state/dependency-order";
import type { ResourceState, StackState } from "../state/stack-state";
import { dependenciesOf } from "../state/stack-state";
import { providerPackage } from "../state/urn";
import { UpdateFailedError } from "./engine";
import type { ProviderCalls } from "./provider-calls";
import type { StepLog } from "./step-log";

export interface DeletionContext {
  readonly state: StackState;
  readonly log: StepLog;
  readonly calls: ProviderCalls;
  readonly preview: boolean;
  readonly signal: AbortSignal;
  readonly save: () => Promise<void>;
  /** Hooks around the deletion. */
  readonly around: (moment: "beforeDelete" | "afterDelete", resource: ResourceState) => Promise<void>;
}

/** Refuses before anything is deleted, and names every resource that stands in the way. */
export function refuseProtected(
  resources: Iterable<Pick<ResourceState, "urn" | "protect">>,
  log: StepLog,
): void {
  const urns = [...resources].filter((resource) => resource.protect).map((resource) => resource.urn);
  if (urns.length === 0) return;
  const [what, them] = urns.length === 1 ? ["is", "it"] : ["are", "them"];
  throw new UpdateFailedError(
    `Nothing was deleted, because ${urns.sort().join(", ")} ${what} protected. To delete ${them}, keep ${them} in ` +
      "the program with `protect: false`, run an update, and then delete.",
    log.sorted(),
  );
}

/**
 * Deletes resources, each after all that depend on it, as many at a time as that allows. A failure lets what runs
 * come to its end and starts nothing more.
 */
export async function deleteAll(
  resources: readonly ResourceState[],
  context: DeletionContext,
): Promise<void> {
  const dependents = dependentsOf(resources);
  const urns = new Set(resources.map((resource) => resource.urn));
  const waiting = new Set(resources);
  const running = new Map<ResourceState, Promise<void>>();
  const errors: unknown[] = [];
  while (waiting.size > 0 || running.size > 0) {
    const start = errors.length === 0 && !context.signal.aborted;
    for (const resource of start ? byUrn(waiting) : []) {
      if ([...(dependents.get(resource) ?? [])].some((each) => waiting.has(each) || running.has(each)))
        continue;
      waiting.delete(resource);
      const done = deleteOne(resource, urns, context).catch((error) => void errors.push(error));
      running.set(
        resource,
        done.finally(() => running.delete(resource)),
      );
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (errors.length > 0) throw errors[0];
  context.signal.throwIfAborted();
}

/** Removes one resource from the state, and from the world unless something says that it goes another way. */
export async function deleteOne(
  resource: ResourceState,
  deleted: ReadonlySet<string>,
  context: DeletionContext,
): Promise<void> {
  const { state, log, calls, preview } = context;
  const replaced = state.condemned.has(resource);
  const forget = () => {
    if (replaced) state.condemned.delete(resource);
    else state.resources.delete(resource.urn);
  };
  // What is not ours, or is deleted already, is only forgotten.
  if (resource.external || resource.pendingReplacement) return forget();
  const { urn, type, parent, custom } = resource;
  const draft = {
    op: "delete",
    urn,
    type,
    parent,
    custom,
    protect: false,
    ...(replaced ? { replaced } : {}),
  } as const;
  await log.run(draft, dependenciesOf(resource), async () => {
    const withAnother = resource.deletedWith !== undefined && deleted.has(resource.deletedWith);
    const real = custom && providerPackage(type) === undefined && !resource.retainOnDelete && !withAnother;
    await context.around("beforeDelete", resource);
    if (real && !preview) await calls.delete(resource);
    forget();
    await context.save();
    await context.around("afterDelete", resource);
  });
}

function byUrn(resources: Iterable<ResourceState>): ResourceState[] {
  return [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}
