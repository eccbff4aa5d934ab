import type { Registration } from "../program/registration";
import type { ResourceState } from "../state/stack-state";
import type { Operation } from "../state/step";
import {
  diffValues,
  matches,
  type PropertyChange,
  type RawChange,
  toPropertyChange,
} from "../values/property-diff";
import type { Properties } from "../values/values";
import type { ProviderDiffResult } from "./provider";

export interface Decision {
  readonly op: Extract<Operation, "create" | "update" | "replace" | "same">;
  readonly changes: readonly PropertyChange[];
  readonly replaceReasons: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** Decides on the operation from the provider's diff and the resource's options, as Pulumi's step generator does. */
export function decide(
  old: ResourceState | undefined,
  inputs: Properties,
  { options }: Registration,
  diff: ProviderDiffResult,
): Decision {
  const deleteBeforeReplace = options.deleteBeforeReplace ?? diff.deleteBeforeReplace ?? false;
  if (old === undefined) return { op: "create", changes: [], replaceReasons: [], deleteBeforeReplace };

  const raw = diffValues(old.inputs, inputs);
  const replaces = diff.replaces ?? [];
  const changed = (diff.changes ?? raw.length > 0) || replaces.length > 0 || old.initErrors !== undefined;
  const forces = (change: RawChange) =>
    matches(change, replaces) || (changed && matches(change, options.replaceOnChanges));
  const changes = raw.map((change) => toPropertyChange(change, forces(change)));
  const byPath = changes.filter((change) => change.forcesReplacement).map((change) => change.path);
  // A provider may also replace the resource because an output has drifted. Such a path is not among the changed
  // inputs.
  const byProvider = replaces.filter((path) => !raw.some((change) => matches(change, [path])));
  const replaceReasons = [...new Set([...byPath, ...byProvider])];
  if (old.pendingReplacement) replaceReasons.push("it was deleted, and its replacement was not created");

  if (replaceReasons.length > 0) return { op: "replace", changes, replaceReasons, deleteBeforeReplace };
  return { op: changed ? "update" : "same", changes, replaceReasons, deleteBeforeReplace };
}
