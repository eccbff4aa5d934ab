import type { Registration } from "../program/registration";
import type { ResourceState } from "../state/stack-state";
import { mapValues } from "../values/codec";
import type { Decision } from "./decision";
import type { StepLog } from "./step-log";

export function runStep<T>(
  log: StepLog,
  registration: Registration,
  { op, changes, replaceReasons }: Pick<Decision, "op" | "changes" | "replaceReasons">,
  action: () => Promise<T>,
): Promise<T> {
  const { urn, type, parent, custom, dependencies, options } = registration;
  const draft = { op, urn, type, parent, custom, changes, replaceReasons, protect: options.protect ?? false };
  return log.run(draft, [...dependencies, parent ?? ""], action);
}

export function toResourceState(
  { urn, type, custom, parent, dependencies, propertyDependencies, options }: Registration,
  result: Pick<ResourceState, "inputs" | "outputs" | "id" | "initErrors">,
): ResourceState {
  const { protect, retainOnDelete, replaceOnChanges, timeouts } = options;
  return {
    ...{ urn, type, custom, parent, ...result },
    dependencies: [...dependencies],
    propertyDependencies: mapValues(propertyDependencies, (urns) => [...urns]),
    ...(protect ? { protect } : {}),
    ...(retainOnDelete ? { retainOnDelete } : {}),
    ...(replaceOnChanges.length > 0 ? { replaceOnChanges: [...replaceOnChanges] } : {}),
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
  };
}
