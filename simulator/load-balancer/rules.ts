import type { Action, Condition, Rule } from "./types";
import { matchesWildcards } from "./wildcards";

/** The parts of a request that conditions read. */
export interface RequestFacts {
  /** Without the query string, which path patterns ignore. */
  readonly path: string;
  /** Without the port. */
  readonly host: string;
  /** All values of a header, in the order in which they came; `name` is in lower case. */
  header(name: string): readonly string[];
}

/** The action of the first rule that matches; `rules` are in the order of their priority. */
export function actionFor(rules: readonly Rule[], defaultAction: Action, request: RequestFacts): Action {
  const rule = rules.find(({ conditions }) => conditions.every((condition) => matches(condition, request)));
  return rule?.action ?? defaultAction;
}

/** Paths are case-sensitive; hosts and header values are not, as on AWS. */
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
