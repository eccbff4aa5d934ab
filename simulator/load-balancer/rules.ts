import type { Action, Condition, Rule } from "./types";
import { matchesWildcards } from "./wildcards";

/** The parts of a request that rule conditions are matched against. */
export interface RequestFacts {
  /** The path without the query string, because path patterns ignore it. */
  readonly path: string;
  /** The host without the port. */
  readonly host: string;
  /** Returns all values of a header in their original order. `name` must be in lower case. */
  header(name: string): readonly string[];
}

/** Returns the action of the first matching rule. `rules` must be sorted by priority. */
export function actionFor(rules: readonly Rule[], defaultAction: Action, request: RequestFacts): Action {
  const rule = rules.find(({ conditions }) => conditions.every((condition) => matches(condition, request)));
  return rule?.action ?? defaultAction;
}

/** As on AWS, paths are case-sensitive; hosts and header values are not. */
function matches(condition: Condition, request: RequestFacts): boolean {
  switch (condition.type) {
    case "path-pattern":
      return condition.values.some((pattern) => matchesWildcards(pattern, request.path));
    case "host-header":
      return anyMatches(condition.values, [request.host]);
    case "http-header":
      return anyMatches(condition.values, request.header(condition.name.toLowerCase()));
  }
}

function anyMatches(patterns: readonly string[], values: readonly string[]): boolean {
  return values.some((value) =>
    patterns.some((pattern) => matchesWildcards(pattern.toLowerCase(), value.toLowerCase())),
  );
}
