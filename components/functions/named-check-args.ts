import type * as pulumi from "@pulumi/pulumi";
import type { ArgsSpec } from "../validation/args-spec";
import { FUNCTION_NAME, HTTP_URL, NOT_EMPTY } from "../validation/formats";
import type { ValidationIssue } from "../validation/validation-issue";
import type { StepFunctionArgs } from "./step-function-args";

/** A Lambda that runs checks of the team's own. */
export interface CheckingFunctionArgs extends StepFunctionArgs {
  /**
   * The functions that it may invoke: the output `checkFunctionNames` of the `Gate` or the `Watch`. A check with another
   * function is rejected.
   *
   * @default not known, so that it is not checked
   */
  checkFunctionNames?: pulumi.Input<string[]>;
}

/**
 * A check of the team's own: a URL that must respond with 200 within 10 seconds, or a Lambda.
 *
 * The URL is requested with the headers `x-changeover-stage`, `x-changeover-checked-color` and
 * `x-changeover-checked-version`. The Lambda gets `{ stage, stack, color, version }` and has 60 seconds. It fails by
 * an error, by a `statusCode` other than 200, or by `{ "hookStatus": "FAILED" }`, the result of a lifecycle hook of
 * ECS. Its name must be in `checkFunctionNames` of the `Gate` and of the `Watch`.
 *
 * A check fails after three failed runs in a row.
 */
export interface NamedCheckArgs {
  /** The name of the check, for messages. */
  name: string;
  /**
   * The URL, with `http:` or `https:`. Either a URL or a function name is required.
   *
   * @default none
   */
  url?: string;
  /**
   * The name or the ARN of the Lambda.
   *
   * @default none
   */
  functionName?: string;
}

const namedCheckSpec = {
  name: { kind: "string", format: NOT_EMPTY, required: true },
  url: { kind: "string", complete: true, format: HTTP_URL, whenOmitted: "none" },
  functionName: { kind: "string", format: FUNCTION_NAME, whenOmitted: "none" },
} as const satisfies ArgsSpec<NamedCheckArgs>;

export const namedChecksSpec = {
  kind: "list",
  items: { kind: "object", args: namedCheckSpec },
  check: (checks: readonly NamedCheckArgs[], key: string) =>
    checks.flatMap(({ url, functionName }, index) =>
      (url === undefined) === (functionName === undefined)
        ? [
            {
              key: `${key}[${index}].url`,
              allowed: "given, or functionName, but not both",
              got: url,
              remedy: "Give one of the two.",
            },
          ]
        : [],
    ),
  whenOmitted: "none",
} as const;

export const checkingFunctionSpec = {
  checkFunctionNames: {
    kind: "list",
    items: { kind: "string", format: FUNCTION_NAME },
    whenOmitted: "not known, so that it is not checked",
    input: true,
  },
} as const;

/** Issues for checks whose function a `Gate` or a `Watch` may not invoke. */
export function permissionIssues(
  checks: readonly NamedCheckArgs[] | undefined,
  { checkFunctionNames }: Pick<CheckingFunctionArgs, "checkFunctionNames">,
  component: "Gate" | "Watch",
): ValidationIssue[] {
  if (!Array.isArray(checkFunctionNames)) return [];
  const permitted = checkFunctionNames.map(bareName);
  return (checks ?? []).flatMap(({ functionName }, index) => {
    if (functionName === undefined || permitted.includes(bareName(functionName))) return [];
    return {
      key: `checks[${index}].functionName`,
      allowed: `a function that the ${component} may invoke (${checkFunctionNames.join(", ") || "it may invoke none"})`,
      got: functionName,
      remedy: `Add it to checkFunctionNames of the ${component}.`,
    };
  });
}

/** The name of a function without account, region, version and alias. */
function bareName(name: string): string {
  return name.replace(/^.*function:/, "").replace(/:.*$/, "");
}
