import type { Step } from "../../engine/state/step";
import { packageOf } from "../../engine/state/urn";
import type { Comparison } from "../compare/comparison";
import { enumerate } from "../wording";

/** Packages that the checks support, or whose resources neither hold data nor receive traffic. */
const KNOWN_PACKAGES = new Set(["aws", "pulumi", "random", "tls"]);

/**
 * Lists packages whose resources the checks cannot assess: other clouds, and component plugins, whose children are
 * not visible. Only resources with these operations count. Undefined if there are none.
 */
export function unknownPackages(
  { base, head, steps }: Comparison,
  operations: readonly Step["op"][],
): string | undefined {
  const remote = new Set(
    [...base.resources, ...head.resources].filter((each) => each.remote).map(({ urn }) => urn),
  );
  const affected = steps.filter(
    ({ op, custom, urn }) => operations.includes(op) && (custom || remote.has(urn)),
  );
  const packages = new Set(affected.map(({ type }) => packageOf(type)));
  const unknown = [...packages].filter((name) => !KNOWN_PACKAGES.has(name)).sort();
  return unknown.length > 0 ? enumerate(unknown) : undefined;
}
