import { matchesWildcards } from "./load-balancer/wildcards";

type OneOrMore = string | readonly string[];

/** A statement of an IAM policy. Principals do not matter: a role's policies apply to the role. */
export interface IamStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;
}

export interface IamRequest {
  readonly action: string;
  /** ARN, or `*` for an action without resources. */
  readonly resource: string;
  readonly conditionKeys: Readonly<Record<string, string>>;
}

const listOf = (value: OneOrMore | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

const OPERATORS: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  StringEquals: (pattern, value) => pattern === value,
  StringLike: matchesWildcards,
  ArnEquals: matchesWildcards,
  ArnLike: matchesWildcards,
};

/** A condition with an unknown operator or key does not hold, as in IAM for a key that the request does not have. */
function holds(
  condition: NonNullable<IamStatement["Condition"]>,
  keys: IamRequest["conditionKeys"],
): boolean {
  return Object.entries(condition).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, patterns]) => {
      const value = keys[key];
      return value !== undefined && listOf(patterns).some((pattern) => OPERATORS[operator]?.(pattern, value));
    }),
  );
}

function applies(statement: IamStatement, { action, resource, conditionKeys }: IamRequest): boolean {
  const { Action, Resource, Condition = {} } = statement;
  return (
    listOf(Action).some((pattern) => matchesWildcards(pattern.toLowerCase(), action.toLowerCase())) &&
    listOf(Resource).some((pattern) => matchesWildcards(pattern, resource)) &&
    holds(Condition, conditionKeys)
  );
}

/**
 * True if a statement allows the request and none denies it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function isAllowed(statements: readonly IamStatement[], request: IamRequest): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  return applying.length > 0 && applying.every(({ Effect }) => Effect === "Allow");
}
