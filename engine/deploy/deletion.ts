import { dependentsOf } from "../state/dependency-order";
import { dependenciesOf, type ResourceState, type StackState } from "../state/stack-state";
import { UpdateFailedError } from "./engine";
import type { ProviderCalls } from "./provider-calls";
import type { StepLog } from "./step-log";

export interface DeletionContext {
  readonly state: StackState;
  readonly log: StepLog;
  readonly calls: ProviderCalls;
  readonly preview: boolean;
  readonly signal: AbortSignal;
}

/**
 * Fails before anything is deleted when a resource is protected.
 *
 * @throws UpdateFailedError naming all protected resources
 */
export function rejectProtected(
  resources: Iterable<Pick<ResourceState, "urn" | "protect">>,
  log: StepLog,
): void {
  const urns = [...resources].filter((resource) => resource.protect).map((resource) => resource.urn);
  if (urns.length === 0) return;
  const [are, them] = urns.length === 1 ? ["is", "it"] : ["are", "them"];
  throw new UpdateFailedError(
    `Nothing was deleted: ${urns.sort().join(", ")} ${are} protected. To delete ${them}, declare ${them} with ` +
      "`protect: false`, run an update, and then destroy the stack.",
    log.sorted(),
  );
}

/**
 * Deletes resources in parallel, each after its dependents. After a failure, running deletions finish and no further
 * deletion starts.
 */
export async function deleteAll(
  resources: readonly ResourceState[],
  context: DeletionContext,
): Promise<void> {
  const dependents = dependentsOf(resources);
  const waiting = new Set(resources);
  const running = new Map<ResourceState, Promise<void>>();
  const errors: unknown[] = [];
  while (waiting.size > 0 || running.size > 0) {
    const mayStart = errors.length === 0 && !context.signal.aborted;
    for (const resource of mayStart ? byUrn(waiting) : []) {
      if ([...(dependents.get(resource) ?? [])].some((each) => waiting.has(each) || running.has(each)))
        continue;
      waiting.delete(resource);
      const done = deleteOne(resource, context).catch((error) => void errors.push(error));
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

export async function deleteOne(
  resource: ResourceState,
  { state, log, calls, preview }: DeletionContext,
): Promise<void> {
  const replaced = state.pendingDeletes.has(resource);
  const remove = () => {
    if (replaced) state.pendingDeletes.delete(resource);
    else state.resources.delete(resource.urn);
  };
  if (resource.pendingReplacement) return remove();
  const { urn, type, parent, custom } = resource;
  const draft = { op: "delete", urn, type, parent, custom, protect: false } as const;
  await log.run({ ...draft, ...(replaced ? { replaced } : {}) }, dependenciesOf(resource), async () => {
    if (custom && !preview && !resource.retainOnDelete) await calls.delete(resource);
    remove();
  });
}

function byUrn(resources: Iterable<ResourceState>): ResourceState[] {
  return [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}
