/**
 * Arguments of `aws.iam.getPolicyDocument`, which only builds a policy from its arguments.
 *
 * Source: `internal/service/iam/policy_document_data_source.go` and `policy_model.go` of the Terraform AWS provider 6.
 */
export interface PolicyDocumentArgs {
  readonly statements?: readonly StatementArgs[];
  /** JSON policies. Their statements come before `statements`. */
  readonly sourcePolicyDocuments?: readonly string[];
  /** JSON policies. Each statement replaces the one with the same `Sid`, or is added at the end. */
  readonly overridePolicyDocuments?: readonly string[];
  readonly policyId?: string;
  /** @default "2012-10-17" */
  readonly version?: string;
}

interface StatementArgs {
  readonly sid?: string;
  /** @default "Allow" */
  readonly effect?: string;
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly resources?: readonly string[];
  readonly notResources?: readonly string[];
  readonly principals?: readonly PrincipalArgs[];
  readonly notPrincipals?: readonly PrincipalArgs[];
  readonly conditions?: readonly {
    readonly test: string;
    readonly variable: string;
    readonly values: readonly string[];
  }[];
}

interface PrincipalArgs {
  readonly type: string;
  readonly identifiers: readonly string[];
}

interface Policy {
  Version?: string;
  Id?: string;
  Statement?: PolicyStatement[];
}

interface PolicyStatement {
  readonly Sid?: string;
  readonly [element: string]: unknown;
}

/**
 * Builds the policy.
 *
 * @throws SyntaxError if one of the JSON policies is not valid JSON
 */
export function policyDocument(args: PolicyDocumentArgs): Policy {
  const {
    sourcePolicyDocuments = [],
    overridePolicyDocuments = [],
    statements = [],
    policyId,
    version,
  } = args;
  const own: Policy = {
    Version: version ?? "2012-10-17",
    ...(policyId ? { Id: policyId } : {}),
    Statement: statements.map(statement),
  };
  const parse = (json: string) => JSON.parse(json) as Policy;
  return [...sourcePolicyDocuments.map(parse), own, ...overridePolicyDocuments.map(parse)].reduce(merge, {});
}

function merge(policy: Policy, next: Policy): Policy {
  const { Id = policy.Id } = next;
  const Version = [policy.Version ?? "", next.Version ?? ""].sort()[1];
  const merged = [...(policy.Statement ?? [])];
  for (const each of [next.Statement ?? []].flat()) {
    const same = each.Sid ? merged.findIndex(({ Sid }) => Sid === each.Sid) : -1;
    merged.splice(same < 0 ? merged.length : same, 1, each);
  }
  return {
    ...(Version ? { Version } : {}),
    ...(Id ? { Id } : {}),
    ...(merged.length > 0 ? { Statement: merged } : {}),
  };
}

function statement(args: StatementArgs): PolicyStatement {
  const elements: Record<string, unknown> = {
    Sid: args.sid || undefined,
    Effect: args.effect ?? "Allow",
    Action: oneOrMany(args.actions),
    NotAction: oneOrMany(args.notActions),
    Resource: oneOrMany(args.resources?.map(withVariables)),
    NotResource: oneOrMany(args.notResources?.map(withVariables)),
    Principal: principals(args.principals),
    NotPrincipal: principals(args.notPrincipals),
    Condition: conditions(args.conditions),
  };
  return Object.fromEntries(Object.entries(elements).filter(([, element]) => element !== undefined));
}

/** Sorts sets in descending order, as the provider does. */
function oneOrMany(texts: readonly string[] = []): string | string[] | undefined {
  const sorted = [...new Set(texts)].sort().reverse();
  return sorted.length > 1 ? sorted : sorted[0];
}

/** Converts the notation `&{aws:username}` of an argument to the policy variable `${aws:username}`. */
function withVariables(text: string): string {
  return text.replaceAll("&{", "${");
}

function principals(args: readonly PrincipalArgs[] = []): unknown {
  if (args.length === 0) return undefined;
  const [first] = args;
  if (args.length === 1 && first?.type === "*" && first.identifiers.join() === "*") return "*";
  const byType: Record<string, string | string[]> = {};
  for (const { type, identifiers } of args) {
    const named = oneOrMany(identifiers.map(withVariables)) ?? [];
    const before = byType[type];
    byType[type] = before === undefined ? named : [before, named].flat();
  }
  return sortedByKey(byType);
}

function conditions(args: StatementArgs["conditions"] = []): unknown {
  if (args.length === 0) return undefined;
  const byTest: Record<string, Record<string, string | string[]>> = {};
  for (const { test, variable, values } of args) {
    byTest[test] ??= {};
    const all = [byTest[test][variable] ?? [], values.map(withVariables)].flat();
    byTest[test][variable] = all.length === 1 ? (all[0] ?? "") : all;
  }
  return sortedByKey(
    Object.fromEntries(Object.entries(byTest).map(([test, each]) => [test, sortedByKey(each)])),
  );
}

function sortedByKey<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
