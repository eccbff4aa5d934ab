/** Compares the conditions of two listener rules. Pure functions. */

import { isUnknown } from "../validation/unknown";
import type { RequestConditionArgs } from "./request-conditions";
import { covers, overlap } from "./wildcards";

/** `possible` stands for values that are unknown until apply. */
export type Overlap = "none" | "possible" | "certain";

type Values = readonly unknown[];

interface Header {
  readonly name: string;
  readonly values: Values;
}

/** Tells if a request can meet both conditions. Headers with different names can be in one request. */
export function requestOverlap(left: RequestConditionArgs, right: RequestConditionArgs): Overlap {
  const headers = headersOf(left).flatMap((one) =>
    headersOf(right)
      .filter(({ name }) => name === one.name)
      .map(({ values }) => valuesOverlap(one.values, values)),
  );
  const all = [
    valuesOverlap(hostsOf(left), hostsOf(right)),
    valuesOverlap(left.paths, right.paths),
    ...headers,
  ];
  return all.find((each) => each === "none") ?? all.find((each) => each === "possible") ?? "certain";
}

function valuesOverlap(left: Values | undefined, right: Values | undefined): Overlap {
  if (!left?.length || !right?.length) return "certain";
  const pairs = left.flatMap((one) => right.map((two) => patternsOverlap(one, two)));
  return pairs.find((each) => each === "certain") ?? pairs.find((each) => each === "possible") ?? "none";
}

function patternsOverlap(left: unknown, right: unknown): Overlap {
  if (left === right) return "certain";
  if (isUnknown(left) || isUnknown(right)) return "possible";
  return overlap(String(left), String(right)) ? "certain" : "none";
}

/** True if each request that meets the conditions of `other` is known to meet those of `wider`. */
export function includesAll(wider: RequestConditionArgs, other: RequestConditionArgs): boolean {
  return (
    includesValues(hostsOf(wider), hostsOf(other)) &&
    includesValues(wider.paths, other.paths) &&
    headersOf(wider).every(({ name, values }) =>
      headersOf(other).some((header) => header.name === name && includesValues(values, header.values)),
    )
  );
}

function includesValues(patterns: Values | undefined, others: Values | undefined): boolean {
  if (!patterns?.length) return true;
  if (!others?.length) return patterns.includes("*") || patterns.includes("/*");
  return others.every((one) =>
    patterns.some(
      (pattern) =>
        pattern === one || (!isUnknown(pattern) && !isUnknown(one) && covers(String(pattern), String(one))),
    ),
  );
}

/** AWS ignores the case of hosts, of the names of headers and of their values. */
function lowerCase(value: unknown): unknown {
  return typeof value === "string" && !isUnknown(value) ? value.toLowerCase() : value;
}

function hostsOf({ hosts }: RequestConditionArgs): Values | undefined {
  return hosts?.map(lowerCase);
}

function headersOf({ headers = [] }: RequestConditionArgs): Header[] {
  return headers.map(({ name, values }) => ({ name: name.toLowerCase(), values: values.map(lowerCase) }));
}
