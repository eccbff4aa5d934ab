import type { Step } from "../../engine/state/step";
import { packageOf } from "../../engine/state/urn";
import { type Comparison, listed } from "../compare/comparison";

/** Packages of which the answers know what matters, or in which nothing holds data and nothing can be reached. */
const KNOWN = new Set(["aws", "pulumi", "random", "tls"]);

/**
 * What answers have to leave open: packages with resources to which this happens, whose types nobody here knows. Those of
 * component plugins are among them, because what they make is not seen. Undefined when there are none.
 */
export function strangers({ base, head, steps }: Comparison, ops: readonly Step["op"][]): string | undefined {
  const remote = new Set(
    [...base.resources, ...head.resources].filter((each) => each.remote).map(({ urn }) => urn),
  );
  const happens = steps.filter(({ op, custom, urn }) => ops.includes(op) && (custom || remote.has(urn)));
  const packages = new Set(happens.map(({ type }) => packageOf(type)));
  const unknown = [...packages].filter((name) => !KNOWN.has(name)).sort();
  return unknown.length > 0 ? listed(unknown) : undefined;
}
