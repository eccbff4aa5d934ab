import { type Comparison, movesRegion } from "../comparison";
import type { Answer } from "./answer";

/** Undefined while the region stays. */
export function regionAnswer(comparison: Comparison): Answer | undefined {
  if (!movesRegion(comparison)) return undefined;
  const { base = "none in the config", head = "none in the config" } = comparison.regions;
  const text = `aws:region changes, ${base} → ${head}: everything that lies in a region would be made anew, with its data gone.`;
  return { topic: "region", level: "danger", text, details: [] };
}
