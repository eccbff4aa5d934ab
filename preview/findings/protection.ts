import { shortType } from "../../engine/deploy/display";
import type { Comparison } from "../compare/comparison";
import { isBlockedByProtect } from "../compare/steps";
import { enumerateUpTo } from "../wording";
import { danger, type FindingContent } from "./finding";

const MAX_NAMES = 5;

/** Finds protected resources that the update would delete. Pulumi would stop in the middle of the update. */
export const protectionCheck = { topic: "protection", find } as const;

function find({ steps }: Comparison): FindingContent[] {
  const blocked = steps.filter(isBlockedByProtect);
  if (blocked.length === 0) return [];
  const names = enumerateUpTo(
    MAX_NAMES,
    blocked.map(({ name, type }) => `${name} (${shortType(type)})`),
  );
  const summary = `Pulumi will reject this update: ${names} would be replaced or deleted, but protect is set. If this is intended, remove protect in an earlier update.`;
  return [{ ...danger("deletion-blocked", summary), procedure: "Destroy a protected stack" }];
}
