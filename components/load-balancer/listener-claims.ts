/** Finds rules of one program that disturb each other on a listener. Pure functions. */

import { isUnknown } from "../validation/unknown";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";
import type { RequestConditionArgs } from "./request-conditions";
import { covers, overlap } from "./wildcards";

/** The rules that one component declares on a listener. */
export interface ListenerClaim {
  readonly component: "BlueGreenFleet" | "ProductionRule";
  readonly name: string;
  /** The priorities of the component's rules. */
  readonly priorities: readonly number[];
  /** The service that the test rules of a fleet name. */
  readonly service?: string;
  readonly conditions: RequestConditionArgs;
}

/** Returns the issues of a component's rules beside rules that were declared before. */
export function claimIssues(own: ListenerClaim, others: readonly ListenerClaim[]): ValidationIssue[] {
  return others.flatMap((other) => [
    ...priorityIssues(own, other),
    ...(isFleet(own) && isFleet(other) ? serviceIssues(own, other) : orderIssues(own, other)),
  ]);
}

function isFleet({ component }: ListenerClaim): boolean {
  return component === "BlueGreenFleet";
}

function priorityKey(claim: ListenerClaim): string {
  return isFleet(claim) ? "colorRulePriority" : "priority";
}

function label({ component, name }: ListenerClaim): string {
  return `${component} ${JSON.stringify(name)}`;
}

function range({ priorities }: ListenerClaim): string {
  return priorities.join(" and ");
}

function priorityIssues(own: ListenerClaim, other: ListenerClaim): ValidationIssue[] {
  if (!own.priorities.some((priority) => other.priorities.includes(priority))) return [];
  return [
    {
      key: priorityKey(own),
      allowed: `a number that no other rule of the listener has; ${label(other)} has ${range(other)}`,
      got: own.priorities[0],
      remedy: `Give another ${priorityKey(own)}${isFleet(own) ? "; green's rule has the next higher number" : ""}.`,
    },
  ];
}

/** Test requests select a fleet by its service. Without one, hosts or paths must exclude each other. */
function serviceIssues(own: ListenerClaim, other: ListenerClaim): ValidationIssue[] {
  const isNamed = own.service !== undefined && other.service !== undefined;
  if (isNamed && own.service?.toLowerCase() !== other.service?.toLowerCase()) return [];
  if (!canOverlap(own.conditions, other.conditions)) return [];
  const named = other.service === undefined ? "has none" : `has ${JSON.stringify(other.service)}`;
  return [
    {
      key: "service",
      allowed: `a name of its own, because test requests to this fleet could reach ${label(other)} on the same listener, which ${named}`,
      got: own.service,
      remedy: "Give each of the two fleets a `service`, or hosts that exclude each other.",
    },
  ];
}

/** A rule with a lower number must not take all requests of a rule with a higher one. */
function orderIssues(own: ListenerClaim, other: ListenerClaim): ValidationIssue[] {
  const [first, second] = highest(own) < highest(other) ? [own, other] : [other, own];
  if (isFleet(first)) return [];
  const hides = isFleet(second)
    ? (first.conditions.headers ?? []).length === 0 && canOverlap(first.conditions, second.conditions)
    : coversAll(first.conditions, second.conditions);
  if (!hides) return [];
  const limit = own === first ? `above ${highest(second)}` : `below ${highest(first)}`;
  const why =
    own === first
      ? `because this rule would take the requests of ${label(second)}`
      : `because ${label(first)} would take its requests`;
  return [
    {
      key: priorityKey(own),
      allowed: `${limit}, ${why} on the same listener`,
      got: new ValueDescription(range(own)),
      remedy: "Give another priority, or conditions that exclude each other.",
    },
  ];
}

function highest({ priorities }: ListenerClaim): number {
  return Math.max(...priorities);
}

/** False only if hosts or paths are known to exclude each other. */
function canOverlap(left: RequestConditionArgs, right: RequestConditionArgs): boolean {
  const anyPair = (first: readonly unknown[] | undefined, second: readonly unknown[] | undefined) =>
    !first?.length ||
    !second?.length ||
    first.some((one) =>
      second.some((two) => isUnknown(one) || isUnknown(two) || overlap(String(one), String(two))),
    );
  return anyPair(lowerCase(left.hosts), lowerCase(right.hosts)) && anyPair(left.paths, right.paths);
}

/** True if each request of `other` is known to meet the conditions of `wider`. */
function coversAll(wider: RequestConditionArgs, other: RequestConditionArgs): boolean {
  const every = (patterns: readonly unknown[] | undefined, others: readonly unknown[] | undefined) =>
    !patterns?.length ||
    (others?.length
      ? others.every((one) =>
          patterns.some((pattern) =>
            isUnknown(pattern) || isUnknown(one) ? pattern === one : covers(String(pattern), String(one)),
          ),
        )
      : patterns.includes("*") || patterns.includes("/*"));
  return (
    (wider.headers ?? []).length === 0 &&
    every(lowerCase(wider.hosts), lowerCase(other.hosts)) &&
    every(wider.paths, other.paths)
  );
}

function lowerCase(hosts: RequestConditionArgs["hosts"]): readonly unknown[] | undefined {
  return hosts?.map((host) => (typeof host === "string" && !isUnknown(host) ? host.toLowerCase() : host));
}
