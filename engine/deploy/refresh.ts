import { dependenciesOf, type ResourceState, type StackState } from "../state/stack-state";
import { diffValues, toPropertyChange } from "../values/property-diff";
import type { ProviderCalls } from "./provider-calls";
import type { StepLog } from "./step-log";

/**
 * Updates the state with the resources as the providers read them. Resources that no longer exist are removed from
 * it.
 */
export async function refresh(state: StackState, calls: ProviderCalls, log: StepLog): Promise<void> {
  const resources = [...state.resources.values()].filter(
    ({ custom, pendingReplacement, type }) => custom && !pendingReplacement && calls.hasProvider(type),
  );
  await Promise.all(resources.map((resource) => refreshOne(resource, state, calls, log)));
}

async function refreshOne(
  resource: ResourceState,
  state: StackState,
  calls: ProviderCalls,
  log: StepLog,
): Promise<void> {
  const { urn, type, parent, custom, id = "", inputs, outputs } = resource;
  const draft = { op: "refresh", urn, type, parent, custom, protect: resource.protect ?? false } as const;
  const read = () => calls.read(urn, id, { ...inputs, ...outputs });
  let live: Awaited<ReturnType<typeof read>>;
  try {
    live = await read();
  } catch (error) {
    return log.run(draft, dependenciesOf(resource), () => Promise.reject(error));
  }
  if (live === "unsupported") return;
  if (live === undefined) {
    log.warn(`${urn} does not exist any more. The update creates it again.`, urn);
    state.resources.delete(urn);
    return;
  }
  const changes = diffValues(outputs, live.outputs).map((change) => toPropertyChange(change, false));
  resource.outputs = live.outputs;
  resource.id = live.id;
  if (live.inputs !== undefined) resource.inputs = live.inputs;
  if (changes.length > 0) await log.run({ ...draft, changes }, dependenciesOf(resource), async () => {});
}
