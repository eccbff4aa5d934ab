import { dependenciesOf, type StackState } from "../state/stack-state";
import { providerPackage } from "../state/urn";
import { diffValues, toPropertyChange } from "../values/property-diff";
import type { ProviderCalls } from "./provider-calls";
import type { StepLog } from "./step-log";

/** Brings the state up to what providers say that really is. What is gone leaves the state, and is made anew. */
export async function refresh(state: StackState, calls: ProviderCalls, log: StepLog): Promise<void> {
  const resources = [...state.resources.values()].filter(
    ({ custom, external, pendingReplacement, type }) =>
      custom && !external && !pendingReplacement && providerPackage(type) === undefined && calls.knows(type),
  );
  await Promise.all(
    resources.map(async (resource) => {
      const { urn, type, parent, custom, id = "" } = resource;
      const before = resource.outputs;
      const read = () => calls.read(urn, id, { ...resource.inputs, ...before });
      const draft = { op: "refresh", urn, type, parent, custom, protect: resource.protect ?? false } as const;
      let live: Awaited<ReturnType<typeof read>>;
      try {
        live = await read();
      } catch (error) {
        return log.run(draft, dependenciesOf(resource), () => Promise.reject(error));
      }
      if (live === "unsupported") return;
      if (live === undefined) {
        log.warn(`${urn} is gone; it will be created again.`, urn);
        state.resources.delete(urn);
        return;
      }
      const changes = diffValues(before, live.outputs).map((change) => toPropertyChange(change, false));
      resource.outputs = live.outputs;
      resource.id = live.id;
      if (live.inputs !== undefined) resource.inputs = live.inputs;
      if (changes.length > 0) await log.run({ ...draft, changes }, dependenciesOf(resource), async () => {});
    }),
  );
}
