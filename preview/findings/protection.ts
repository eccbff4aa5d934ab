import { shortType } from "../../engine/deploy/display";
import { type Comparison, isRefused, listedUpTo } from "../compare/comparison";
import type { Answer } from "./answer";

/** How many are named; the rest is counted. */
const NAMED = 5;

/** Will Pulumi refuse the update half way, because something that is protected would go. */
export function protectedAnswer({ steps }: Comparison): Answer | undefined {
  const refused = steps.filter(isRefused);
  if (refused.length === 0) return undefined;
  const names = refused.map(({ name, type }) => `${name} (${shortType(type)})`);
  const text =
    `Pulumi will refuse this: ${listedUpTo(NAMED, names)} would be replaced or deleted, in spite of protect. ` +
    "Where that is meant, take protect off in an update before.";
  return { topic: "protected", level: "danger", text, details: [] };
}
