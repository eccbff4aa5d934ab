/** Finds rules of one program that disturb each other on a listener. Pure functions. */

import { present } from "../validation/find-issues";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";
import { includesAll, requestOverlap } from "./condition-overlap";
import type { ListenerClaim } from "./listener-claims";
import { DEFAULT_PRODUCTION_PRIORITY, type PriorityRange, productionRuleRange } from "./rule-priorities";

/** Returns the issues of a component's rules beside each other, and beside rules that were declared before. */
export function claimIssues(
  own: readonly ListenerClaim[],
  others: readonly ListenerClaim[],
): ValidationIssue[] {
  const pairs = own.flatMap((claim, index): Pair[] => [
    ...others.map((other): Pair => [claim, other]),
    ...own.slice(index + 1).map((other): Pair => (isBlamed(other, claim) ? [other, claim] : [claim, other])),
  ]);
  const names = present(pairs.map((pair) => nameIssue(...pair)));
  const rules = pairs.map(([claim, other]) => {
    // Equal names lead to equal priorities, which another name corrects as well.
    const isCorrected = names.length > 0 && claim.given === undefined && isSameName(claim, other);
    return (
      conditionIssue(claim, other) ??
      (isCorrected ? undefined : equalPriorityIssue(claim, other)) ??
      orderIssue(claim, other)
    );
  });
  return [...names, ...present(rules)];
}

type Pair = readonly [ListenerClaim, ListenerClaim];

/** The rule with a given priority is to be corrected, if the other rule of the component has the default. */
function isBlamed(claim: ListenerClaim, other: ListenerClaim): boolean {
  return claim.given !== undefined && other.given === undefined;
}

function isSameName(own: ListenerClaim, other: ListenerClaim): boolean {
  return own.name.toLowerCase() === other.name.toLowerCase();
}

function isSameOwner(own: ListenerClaim, other: ListenerClaim): boolean {
  return own.component === other.component && own.name === other.name;
}

const PRIORITY_KEYS = { test: "colorRulePriority", production: "priority" } as const;

function label(own: ListenerClaim, other: ListenerClaim): string {
  const { component, name } = other;
  return `${isSameOwner(own, other) ? "another " : ""}${component} ${JSON.stringify(name)}`;
}

/** Test requests select a fleet by its service. Without one, hosts or paths must exclude each other. */
function nameIssue(own: ListenerClaim, other: ListenerClaim): ValidationIssue | undefined {
  if (own.kind !== "test" || other.kind !== "test") return undefined;
  const isNamed = own.service !== undefined && other.service !== undefined;
  if (isNamed && own.service?.toLowerCase() !== other.service?.toLowerCase()) return undefined;
  if (requestOverlap(own.conditions, other.conditions) === "none") return undefined;
  const isService = own.component === "BlueGreenService";
  const reached = `because test requests to this ${isService ? "service" : "fleet"} could reach ${label(own, other)} on the same listener`;
  const why = `${reached}, which has ${other.service === undefined ? "none" : JSON.stringify(other.service)}`;
  if (isService && !isNamed) {
    return {
      key: "listenerArn",
      allowed: `a listener on which each fleet has a \`service\`, ${why}`,
      got: new ValueDescription("the listener of that fleet"),
      remedy: `Give ${label(own, other)} a \`service\`.`,
    };
  }
  return {
    key: isService ? "name" : "service",
    allowed: `a name of its own, ${why}`,
    got: own.service,
    remedy: nameRemedy(own, other),
  };
}

/** Names only args that the components have: a service has no `service`, and its test rules have no hosts. */
function nameRemedy(own: ListenerClaim, other: ListenerClaim): string {
  if (own.service === undefined && other.service === undefined) {
    return "Give each of the two fleets a `service`, or hosts that exclude each other.";
  }
  if (own.service === undefined) return "Give this fleet a `service`.";
  if (other.service === undefined) return `Give ${label(own, other)} a \`service\`.`;
  const isRenamed = [own, other].every(({ component }) => component === "BlueGreenService");
  const remedy = isRenamed ? "Rename one of the two services" : "Give one of the two another name";
  return `${remedy}; upper and lower case are equal.`;
}

function conditionIssue(own: ListenerClaim, other: ListenerClaim): ValidationIssue | undefined {
  return own.kind === other.kind ? equalConditionsIssue(own, other) : testOrderIssue(own, other);
}

/** Only the first of two rules with equal conditions gets requests, whatever the priorities are. */
function equalConditionsIssue(own: ListenerClaim, other: ListenerClaim): ValidationIssue | undefined {
  if (own.kind !== "production" || other.kind !== "production") return undefined;
  const isEqual =
    includesAll(own.conditions, other.conditions) && includesAll(other.conditions, own.conditions);
  if (!isEqual) return undefined;
  const given = (["hosts", "paths", "headers"] as const).find((key) => own.conditions[key] !== undefined);
  return {
    key: given ?? "hosts",
    allowed: `such that the conditions differ from those of ${label(own, other)} on the same listener, because one of the two would get no requests`,
    got: new ValueDescription(given ? "equal conditions" : "no conditions"),
    remedy: "Give other hosts, paths or headers, or remove one of the two.",
  };
}

function highest({ priorities }: ListenerClaim): number {
  return Math.max(...priorities);
}

/** The value of the arg, or of its default. */
function shownPriority({ priorities }: ListenerClaim): ValueDescription {
  return new ValueDescription(priorities.join(" and "));
}

/** Test rules come before each production rule that can match their requests; requests may have any other header. */
function testOrderIssue(own: ListenerClaim, other: ListenerClaim): ValidationIssue | undefined {
  const [test, production] = own.kind === "test" ? [own, other] : [other, own];
  if (highest(production) > highest(test)) return undefined;
  if (requestOverlap(test.conditions, production.conditions) === "none") return undefined;
  const isPart = own.component === "BlueGreenService" && isSameOwner(own, other);
  const key = PRIORITY_KEYS[own.kind];
  const got = shownPriority(own);
  if (own === production) {
    const target = isPart ? "this service" : label(own, other);
    return {
      key,
      allowed: `above ${highest(test)}, because this rule could take the test requests to ${target} on the same listener`,
      got,
      remedy: "Give a higher number, or leave it out.",
    };
  }
  const source = isPart ? "the production rule" : label(own, other);
  const below = `below ${highest(production) - 1} for blue, and green's rule has the next higher number`;
  return {
    key,
    allowed: `${below}, because ${source} could take the test requests on the same listener`,
    got,
    remedy: `Give a lower number, or a \`priority\` above ${highest(test)} to ${source}.`,
  };
}

/** The priorities that the rule can have, as its name is. */
function rangeOf({ given, priorities, conditions }: ListenerClaim): PriorityRange {
  const [priority = 0] = priorities;
  const isFixed = given !== undefined || priority === DEFAULT_PRODUCTION_PRIORITY;
  return isFixed ? { first: priority, last: priority } : productionRuleRange(conditions);
}

/** A rule with a lower number must not take all requests of a rule with a higher one. */
function orderIssue(own: ListenerClaim, other: ListenerClaim): ValidationIssue | undefined {
  if (own.kind !== "production" || other.kind !== "production") return undefined;
  const [range, otherRange] = [rangeOf(own), rangeOf(other)];
  const isGiven = own.given !== undefined && other.given !== undefined;
  const isDefaultOrder = !isGiven && range.first <= otherRange.last && otherRange.first <= range.last;
  if (isDefaultOrder && requestOverlap(own.conditions, other.conditions) === "certain") {
    return {
      key: "priority",
      allowed: `given here and for ${label(own, other)}, because a request can match both rules, and by default the names decide which comes first`,
      got: own.given,
      remedy: "Give both a `priority`; the rule with the lower number gets such requests.",
    };
  }
  if (highest(own) === highest(other)) return undefined;
  const [first, second] = highest(own) < highest(other) ? [own, other] : [other, own];
  if (!includesAll(first.conditions, second.conditions)) return undefined;
  const limit =
    own === first
      ? `above ${highest(second)}, because this rule would take the requests of ${label(own, other)}`
      : `below ${highest(first)}, because ${label(own, other)} would take its requests`;
  return {
    key: "priority",
    allowed: `${limit} on the same listener`,
    got: shownPriority(own),
    remedy: "Give another priority, or conditions that exclude each other.",
  };
}

function equalPriorityIssue(own: ListenerClaim, other: ListenerClaim): ValidationIssue | undefined {
  if (!own.priorities.some((priority) => other.priorities.includes(priority))) return undefined;
  const key = PRIORITY_KEYS[own.kind];
  return {
    key,
    allowed: `a number that no other rule of the listener has; ${label(own, other)} has ${other.priorities.join(" and ")}`,
    got: own.priorities[0],
    remedy: `Give another ${key}${own.kind === "test" ? "; green's rule has the next higher number" : ""}.`,
  };
}
