import { printable } from "../../engine/property-diff";
import { type Comparison, isObject, listed } from "../comparison";
import type { Answer } from "./answer";

/** Is the way back open afterwards: what the program says of itself in its output `wayBack`. Undefined without one. */
export function wayBackAnswer({ base, head }: Comparison): Answer | undefined {
  const [before, after] = [wayBackOf(base.outputs), wayBackOf(head.outputs)];
  if (after === undefined) return undefined;
  const details =
    after.wouldBeClosedBy.length > 0 ? [`It would be closed by ${listed(after.wouldBeClosedBy)}.`] : [];
  if (after.open) {
    return { topic: "wayBack", level: "good", text: `The way back is open: ${after.reason}.`, details };
  }
  const closes = before?.open === true;
  const text = closes
    ? `This CLOSES the way back: ${after.reason}.`
    : `There is no way back afterwards: ${after.reason}.`;
  return { topic: "wayBack", level: closes ? "danger" : "info", text, details };
}

function wayBackOf(outputs: Comparison["head"]["outputs"]) {
  const value = printable(outputs.wayBack ?? null);
  if (!isObject(value) || typeof value.open !== "boolean") return undefined;
  const ids = Array.isArray(value.wouldBeClosedBy) ? value.wouldBeClosedBy.map(String) : [];
  return { open: value.open, reason: String(value.reason ?? "no reason given"), wouldBeClosedBy: ids };
}
