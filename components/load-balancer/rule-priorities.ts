import { createHash } from "node:crypto";
import type { RequestConditionArgs } from "./request-conditions";

/**
 * Priorities of rules on a shared listener. They follow from names, so that a new service changes no other rule. All test
 * rules come before all production rules, so that a test request always reaches its color.
 */
const FIRST_TEST_RULE = 100;
const FIRST_PRODUCTION_RULE = 20_000;
const LAST_RULE = 49_999;

/** Priorities from `first` to `last`, inclusive. */
export interface PriorityRange {
  readonly first: number;
  readonly last: number;
}

/** The priority of blue's test rule for a fleet that is alone on its listener. */
export const DEFAULT_TEST_PRIORITY = 10;

/** The priority of a `ProductionRule` without conditions. */
export const DEFAULT_PRODUCTION_PRIORITY = 1000;

/** The priority of blue's test rule; green's is the next higher number. */
export function testRulePriority(service: string): number {
  const pairs = (FIRST_PRODUCTION_RULE - FIRST_TEST_RULE) / 2;
  return FIRST_TEST_RULE + 2 * (hashOf(service) % pairs);
}

type PlaceConditions = Pick<RequestConditionArgs, "hosts" | "paths">;

/** The range of a production rule's priority. Rules with narrower conditions come first. */
export function productionRuleRange({ hosts = [], paths = [] }: PlaceConditions): PriorityRange {
  const hasHosts = hosts.length > 0;
  const hasPaths = paths.length > 0;
  if (hasHosts && hasPaths) return { first: FIRST_PRODUCTION_RULE, last: 29_999 };
  if (hasHosts) return { first: 30_000, last: 39_999 };
  if (hasPaths) return { first: 40_000, last: 45_999 };
  return { first: 46_000, last: LAST_RULE };
}

export function productionRulePriority(name: string, conditions: PlaceConditions): number {
  const { first, last } = productionRuleRange(conditions);
  return first + (hashOf(name) % (last - first + 1));
}

/** Upper and lower case are equal, as in the values of a rule's header conditions. */
function hashOf(text: string): number {
  return createHash("sha256").update(text.toLowerCase()).digest().readUInt32BE();
}
