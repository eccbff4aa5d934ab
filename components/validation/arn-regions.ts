import type { AnyArgSpec, AnyArgsSpec } from "./args-spec";
import { isObject } from "./find-issues";
import { whenKnown } from "./output-text";
import { regionIssue, regionIssues } from "./region";
import { isOutput } from "./unknown";
import type { ValidationIssue } from "./validation-issue";

interface Comparison<Args> {
  /** The issues of the ARNs that are known. */
  readonly issues: readonly ValidationIssue[];
  /** The args, in which an output of an ARN fails as soon as it is known to be of another region. */
  readonly args: Args;
}

/** Compares all ARNs in args with the region of the component. */
export function compareRegions<Args extends object>(
  args: Args,
  spec: AnyArgsSpec,
  region: string,
  fail: (issues: readonly ValidationIssue[]) => void,
): Comparison<Args> {
  const issues: ValidationIssue[] = [];
  const issuesOf = (key: string, arns: unknown) =>
    Array.isArray(arns) ? regionIssues(key, arns, region) : [regionIssue(key, arns, region) ?? []].flat();

  const compare = (key: string, value: unknown, form: AnyArgSpec): unknown => {
    if (isOutput(value)) {
      return isArn(form) || (form.kind === "list" && isArn(form.items))
        ? whenKnown(value, (known) => fail(issuesOf(key, known)))
        : value;
    }
    if (isArn(form)) issues.push(...issuesOf(key, value));
    if (form.kind === "list" && Array.isArray(value))
      return value.map((item, index) => compare(`${key}[${index}]`, item, form.items));
    // A resource that is given in place of its outputs stays as it is.
    if (form.kind === "object" && isPlain(value)) return compareAll(`${key}.`, value, form.args);
    return value;
  };
  const compareAll = (prefix: string, value: object, forms: AnyArgsSpec) =>
    Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const form = forms[key];
        return [key, form === undefined ? item : compare(prefix + key, item, form)];
      }),
    );
  return { issues, args: isPlain(args) ? (compareAll("", args, spec) as Args) : args };
}

function isArn(form: AnyArgSpec): boolean {
  return form.kind === "string" && form.format !== undefined && "isRegional" in form.format;
}

function isPlain(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}
