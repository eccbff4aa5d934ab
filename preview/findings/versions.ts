import { isObject } from "../../aws/json-input";
import { printable } from "../../engine/values/property-diff";
import type { Properties } from "../../engine/values/values";
import type { Comparison } from "../compare/comparison";
import { enumerate } from "../wording";
import { type FindingContent, warning } from "./finding";

/**
 * Finds deployed versions whose sources change: a published version keeps its artifact, so the change reaches no instance.
 * Does not apply to programs without an output `manifests`.
 */
export const versionsCheck = { topic: "versions", find } as const;

function find({ base, head }: Comparison): FindingContent[] {
  const [before, after] = [storesOf(base.outputs), storesOf(head.outputs)];
  const inUse = versionsOf(head.outputs);
  // The stack declares the object of an artifact as long as the checkout builds the same bytes.
  const changed = [...after]
    .filter(([version, store]) => store === "retained" && before.get(version) === "declared")
    .map(([version]) => version)
    .filter((version) => inUse.includes(version))
    .sort();
  if (changed.length === 0) return [];
  const [subject, verb] = changed.length === 1 ? ["Its instances", "keep"] : ["Their instances", "keep"];
  const summary = `This checkout no longer builds what ${enumerate(changed)} ${changed.length === 1 ? "was" : "were"} published with. ${subject} ${verb} the published artifact: the change reaches none of them.`;
  const details = [
    "To deploy the change, release it as a new version. The same version with a build number, such as 1.1.0+2, deploys the published artifact again.",
  ];
  return [{ ...warning("version-kept", summary, details), procedure: "Release" }];
}

function storesOf(outputs: Properties): Map<string, unknown> {
  const { manifests } = printable(outputs) as Record<string, unknown>;
  if (!isObject(manifests)) return new Map();
  return new Map(Object.entries(manifests).map(([version, text]) => [version, storeIn(text)]));
}

function storeIn(text: unknown): unknown {
  try {
    const manifest: unknown = typeof text === "string" ? JSON.parse(text) : text;
    return isObject(manifest) ? manifest.store : undefined;
  } catch {
    return undefined; // The output is that of another program.
  }
}

function versionsOf(outputs: Properties): string[] {
  const { versions } = printable(outputs) as Record<string, unknown>;
  return isObject(versions) ? Object.values(versions).map((version) => String(version)) : [];
}
