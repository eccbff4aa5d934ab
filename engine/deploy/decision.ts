import type { Registration } from "../program/registration";
import type { ResourceState } from "../state/stack-state";
import type { Operation } from "../state/step";
import {
  diffValues,
  matches,
  type PropertyChange,
  type RawChange,
  sameValue,
  toPropertyChange,
} from "../values/property-diff";
import type { Properties } from "../values/values";
import type { ProviderDiffResult } from "./provider";

/** What is to be done with a resource, and why. */
export interface Decision {
  readonly op: Extract<Operation, "create" | "update" | "replace" | "same">;
  readonly changes: readonly PropertyChange[];
  readonly replaceReasons: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/**
 * Decides by what the provider says of the difference and by the program's options, as Pulumi's step generator does.
 * `forced` names reasons to replace that lie outside of the inputs.
 */
export function decide(
  old: ResourceState | undefined,
  inputs: Properties,
  registration: Registration,
  diff: ProviderDiffResult,
  forced: readonly string[] = [],
): Decision {
  const { options } = registration;
  const deleteBeforeReplace = options.deleteBeforeReplace ?? diff.deleteBeforeReplace ?? false;
  if (old === undefined || old.external)
    return { op: "create", changes: [], replaceReasons: [], deleteBeforeReplace };

  const raw = diffValues(old.inputs, inputs);
  const replaces = diff.replaces ?? [];
  const changed = (diff.changes ?? raw.length > 0) || replaces.length > 0 || old.initErrors !== undefined;
  const forces = (change: RawChange) =>
    matches(change, replaces) || (changed && matches(change, options.replaceOnChanges));
  const changes = raw.map((change) => toPropertyChange(change, forces(change)));
  const byPath = changes.filter((change) => change.forcesReplacement).map((change) => change.path);
  // A provider may replace for something that is no input, such as a drifted output.
  const byProvider = replaces.filter((path) => !raw.some((change) => matches(change, [path])));
  const replaceReasons = [...new Set([...byPath, ...byProvider, ...forced])];
  if (old.pendingReplacement) replaceReasons.push("its deletion was done, its replacement not");

  if (replaceReasons.length > 0) return { op: "replace", changes, replaceReasons, deleteBeforeReplace };
  return { op: changed ? "update" : "same", changes, replaceReasons, deleteBeforeReplace };
}

/** Reasons to replace that the program's options give. `replaced` holds the URNs replaced in this update. */
export function forcedReplacements(
  registration: Registration,
  old: ResourceState,
  replaced: ReadonlySet<string>,
): string[] {
  const { deletedWith, replaceWith, replacementTrigger, provider } = registration.options;
  const reasons: string[] = [];
  if (deletedWith !== undefined && replaced.has(deletedWith)) reasons.push("deletedWith");
  if (replaceWith.some((urn) => replaced.has(urn))) reasons.push("replaceWith");
  const hadTrigger = old.replacementTrigger !== undefined && replacementTrigger !== undefined;
  if (hadTrigger && !sameValue(old.replacementTrigger, replacementTrigger))
    reasons.push("replacementTrigger");
  if (provider !== undefined && replaced.has(provider)) reasons.push("provider");
  return reasons;
}
