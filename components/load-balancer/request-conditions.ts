import type { input } from "@pulumi/aws/types";
import type * as pulumi from "@pulumi/pulumi";
import type { ArgsSpec, Format } from "../validation/args-spec";
import { duplicateIssue } from "../validation/find-issues";
import { isUnknown } from "../validation/unknown";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";

/** A header that a request must have. */
export interface HeaderConditionArgs {
  /** The name of the header, 1-40 characters; not `Host`, for which `hosts` exists. */
  name: string;
  /** The values, of which one must match. `*` and `?` are wildcards, and upper and lower case are equal. */
  values: string[];
}

/**
 * The conditions of a listener rule, by which services share a listener. A request must meet all of them.
 *
 * AWS allows 5 values for each rule, counted over all its conditions.
 */
export interface RequestConditionArgs {
  /**
   * Host names, of which one must match, such as `shop.example.com` or `*.example.com`: letters, digits, `-`, `_`, `.` and
   * the wildcards `*` and `?`. AWS requires a dot, and only letters after the last one.
   *
   * @default every host
   */
  hosts?: pulumi.Input<string>[];
  /**
   * Paths, of which one must match, such as `/api/*`. Upper and lower case are different, and a query string is
   * ignored.
   *
   * @default every path
   */
  paths?: string[];
  /**
   * Headers that a request must have.
   *
   * @default none
   */
  headers?: HeaderConditionArgs[];
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
const MAX_VALUES = 5;
const MAX_WILDCARDS = 6;

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HostHeaderConditionConfig.html */
export const HOST: Format = {
  pattern: /^(?=.{1,128}$)(?!\.|.*\.\.)[a-z0-9._*?-]+\.[a-z]+$/i,
  allowed:
    "a host name of 1 to 128 characters with only letters after its last dot, such as shop.example.com or *.example.com",
};

const PATH: Format = {
  pattern: /^(?=.{1,128}$)[/*?][\w\-.$/~"'@:+&*?]*$/,
  allowed: "a path of 1 to 128 characters that begins with a slash, such as /api/*",
};

const HEADER_NAME: Format = {
  pattern: /^(?!host$|x-changeover-)[!#$%&'*+.^_`|~0-9a-z-]{1,40}$/i,
  allowed: "the name of a header, of 1 to 40 characters, except Host and names that begin with x-changeover-",
};

const HEADER_VALUE: Format = {
  pattern: /^[\x20-\x7e]{1,128}$/,
  allowed: "1 to 128 printable characters",
};

const headerSpec = {
  name: { kind: "string", format: HEADER_NAME, required: true },
  values: {
    kind: "list",
    items: { kind: "string", format: HEADER_VALUE },
    requirement: { allowed: "a list of one or more values", holds: (values) => values.length > 0 },
    required: true,
  },
} as const satisfies ArgsSpec<HeaderConditionArgs>;

const SOME = {
  allowed: "a list of one or more, or left out",
  holds: (values: readonly unknown[]) => values.length > 0,
};

/** AWS ignores the case of host names. */
function lowerCase(host: unknown): unknown {
  return typeof host === "string" ? host.toLowerCase() : host;
}

export const requestConditionsSpec = {
  hosts: {
    kind: "list",
    items: { kind: "string", format: HOST, complete: true, input: true },
    requirement: SOME,
    check: (hosts, key) => [duplicateIssue(key, hosts.map(lowerCase))],
    whenOmitted: "every host",
  },
  paths: {
    kind: "list",
    items: { kind: "string", format: PATH },
    requirement: SOME,
    check: (paths, key) => [duplicateIssue(key, paths)],
    whenOmitted: "every path",
  },
  headers: { kind: "list", items: { kind: "object", args: headerSpec }, whenOmitted: "none" },
} as const satisfies ArgsSpec<RequestConditionArgs>;

/** The number of values that the conditions use. */
function valueCount({ hosts = [], paths = [], headers = [] }: RequestConditionArgs): number {
  return hosts.length + paths.length + headers.reduce((sum, { values }) => sum + values.length, 0);
}

/** The wildcards in values that are known; a component adds none. */
function wildcardCount({ hosts = [], paths = [], headers = [] }: RequestConditionArgs): number {
  const values = [...hosts, ...paths, ...headers.flatMap((header) => header.values)];
  const known = values.filter((value) => typeof value === "string" && !isUnknown(value));
  return known.join("").replace(/[^*?]/g, "").length;
}

/** @param added the number of values that the component adds itself */
export function conditionLimitIssue(args: RequestConditionArgs, added = 0): ValidationIssue | undefined {
  const key = args.hosts ? "hosts" : args.paths ? "paths" : "headers";
  const wildcards = wildcardCount(args);
  if (wildcards > MAX_WILDCARDS) {
    return {
      key,
      allowed: `values with at most ${MAX_WILDCARDS} wildcards, together with paths and headers (the limit of AWS for a rule)`,
      got: new ValueDescription(`${wildcards} wildcards`),
      remedy: "Use a * in place of several wildcards, or fewer values.",
    };
  }
  const count = valueCount(args);
  if (count + added <= MAX_VALUES) return undefined;
  const reason = added === 0 ? "" : `, and the component adds ${added}`;
  return {
    key,
    allowed: `at most ${MAX_VALUES - added} values together with paths and headers (AWS allows ${MAX_VALUES} a rule${reason})`,
    got: new ValueDescription(`${count} values`),
    remedy: "Use wildcards, or fewer values.",
  };
}

export function hasConditions({ hosts, paths, headers }: RequestConditionArgs): boolean {
  return [hosts, paths, headers].some((each) => (each ?? []).length > 0);
}

export function toConditions({
  hosts,
  paths,
  headers = [],
}: RequestConditionArgs): input.lb.ListenerRuleCondition[] {
  return [
    ...(hosts?.length ? [{ hostHeader: { values: hosts } }] : []),
    ...(paths?.length ? [{ pathPattern: { values: paths } }] : []),
    ...headers.map(({ name, values }) => ({ httpHeader: { httpHeaderName: name, values } })),
  ];
}
