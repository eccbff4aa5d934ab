import { isObject } from "../../aws/json-input";
import { forcesReplacement, mayReplace } from "../../aws/replacements";
import type { GraphResource } from "../../engine/program/graph";
import type { Step } from "../../engine/state/step";
import type { Comparison } from "./comparison";

export function stepsByUrn({ steps }: Comparison): Map<string, Step> {
  return new Map(steps.map((step) => [step.urn, step]));
}

/** True for a step that Pulumi rejects because it deletes a protected resource. */
export function isBlockedByProtect({ op, protect }: Pick<Step, "op" | "protect">): boolean {
  return protect && (op === "delete" || op === "replace");
}

/**
 * True for an update that may turn out to be a replacement.
 *
 * @param after The resource after the update; some decisions depend on its inputs.
 */
export function mayBeReplacement({ op, type, changes }: Step, after?: GraphResource): boolean {
  if (op !== "update") return false;
  const paths = changes.map(({ path }) => path);
  // When a block is added or removed, only the provider can compare it with the values that AWS had chosen before.
  return (
    mayReplace(type, paths, after?.inputs) ||
    changes.some(({ path, kind, old, new: next }) =>
      innerPaths(path, next ?? old).some((inner) => forcesReplacement(type, inner, kind)),
    )
  );
}

function innerPaths(path: string, value: unknown): string[] {
  const parts: [string, unknown][] = Array.isArray(value)
    ? value.map((item, i) => [`${path}[${i}]`, item])
    : isObject(value)
      ? Object.entries(value).map(([key, item]) => [`${path}.${key}`, item])
      : [];
  return parts.flatMap(([at, item]) => [at, ...innerPaths(at, item)]);
}
