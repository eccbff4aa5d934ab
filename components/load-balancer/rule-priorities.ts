import { createHash } from "node:crypto";
import type { RequestConditionArgs } from "./request-conditions";

/**
 * Priorities of rules on a shared listener. They follow from names, so that a new service changes no other rule. All test
 * rules come before all production rules, so that a test request always reaches its color.
 */
const FIRST_TEST_RULE = 100;
const FIRST_PRODUCTION_RULE = 20_000;
const LAST_RULE = 49_999;

/** The priority of blue's test rule; green's is the next higher number. */
export function testRulePriority(service: string): number {
  const pairs = (FIRST_PRODUCTION_RULE - FIRST_TEST_RULE) / 2;
  return FIRST_TEST_RULE + 2 * (hashOf(service) % pairs);
}

/** The priority of a production rule. Rules with narrower conditions come first. */
export function productionRulePriority(
  name: string,
  { hosts = [], paths = [] }: Pick<RequestConditionArgs, "hosts" | "paths">,
): number {
  const hasHosts = hosts.length > 0;
  const hasPaths = paths.length > 0;
  const [first, last] =
    hasHosts && hasPaths
      ? [FIRST_PRODUCTION_RULE, 29_999]
      : hasHosts
        ? [30_000, 39_999]
        : hasPaths
          ? [40_000, 45_999]
          : [46_000, LAST_RULE];
  return first + (hashOf(name) % (last - first + 1));
}

/** Upper and lower case are equal, as in the values of a rule's header conditions. */
function hashOf(text: string): number {
  return createHash("sha256").update(text.toLowerCase()).digest().readUInt32BE();
}
