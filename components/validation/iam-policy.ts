import type { Requirement } from "./args-spec";

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_INLINE_POLICY_CHARACTERS = 10_240;

/**
 * An inline policy of a role. IAM rejects a statement without effect, action or resource, and one with a principal.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export const IAM_POLICY: Requirement<string> = {
  allowed:
    'an IAM policy in JSON of at most 10240 characters, {"Version": …, "Statement": …}, with Effect, Action and Resource in each statement',
  holds: (json) => {
    try {
      const policy: unknown = JSON.parse(json);
      return isObject(policy) && sizeOf(policy) <= MAX_INLINE_POLICY_CHARACTERS && hasStatements(policy);
    } catch {
      return false;
    }
  },
};

/** IAM does not count white space. */
function sizeOf(policy: object): number {
  return JSON.stringify(policy).length;
}

function hasStatements({ Statement }: { readonly Statement?: unknown }): boolean {
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  return statements.length > 0 && statements.every(isStatement);
}

function isStatement(statement: unknown): boolean {
  if (!isObject(statement) || "Principal" in statement || "NotPrincipal" in statement) return false;
  const has = (key: string) => key in statement !== `Not${key}` in statement;
  const { Effect } = statement as { readonly Effect?: unknown };
  return (Effect === "Allow" || Effect === "Deny") && has("Action") && has("Resource");
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
