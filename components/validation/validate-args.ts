import * as pulumi from "@pulumi/pulumi";
import type { AnyArgsSpec, ComponentSpec, CrossCheck } from "./args-spec";
import { compareRegions } from "./arn-regions";
import { configuredRegion } from "./configured-region";
import { findIssues } from "./find-issues";
import { formatIssue, type ValidationIssue } from "./validation-issue";

/** A component with the spec of its args. */
export interface ComponentClass<Spec> {
  readonly name: string;
  readonly spec: Spec;
}

/** Args in which every optional arg with a default has a value. */
export type WithDefaults<Args, Spec extends { readonly args: object }> = Args & {
  readonly [Key in keyof Args as Key extends KeysWithDefault<Spec["args"]> ? Key : never]-?: Exclude<
    Args[Key],
    undefined
  >;
};

type KeysWithDefault<Specs> = {
  [Key in keyof Specs]: Specs[Key] extends { readonly default: unknown } ? Key : never;
}[keyof Specs];

/**
 * Checks the args of a component. It must be called before a resource is declared.
 *
 * @param opts the options of the component, for the region of its provider
 * @param more a check of this call beside those of the spec
 * @returns the args with the defaults of the spec. An output of an ARN fails when it is known to be of another region.
 * @throws pulumi.InputPropertiesError with all issues of the call.
 */
export function validateArgs<Args extends object, Spec extends ComponentSpec<Args>>(
  component: ComponentClass<Spec>,
  name: string,
  args: Args,
  opts?: pulumi.ComponentResourceOptions,
  more?: CrossCheck<Args>,
): WithDefaults<Args, Spec> {
  const source = typeof name === "string" ? `${component.name} "${name}"` : component.name;
  const { spec } = component;
  const checks = [...(spec.checks ?? []), ...(more === undefined ? [] : [more])];
  const issues = findIssues(name, args, { ...spec, checks });
  const region = configuredRegion(opts);
  const argsSpec = spec.args as unknown as AnyArgsSpec;
  const placed =
    region === undefined
      ? { issues: [], args }
      : compareRegions(args, argsSpec, region, (found) => throwIssues(source, found));
  const isNew = ({ key }: ValidationIssue) => !issues.some((issue) => issue.key === key);
  throwIssues(source, [...issues, ...placed.issues.filter(isNew)]);
  const defaults = Object.entries<object>(spec.args).flatMap(([key, spec]) =>
    "default" in spec ? [[key, spec.default]] : [],
  );
  const given = Object.entries(placed.args).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...defaults, ...given]) as WithDefaults<Args, Spec>;
}

/** @throws pulumi.InputPropertiesError when there is an issue. */
export function throwIssues(source: string, issues: readonly ValidationIssue[]): void {
  if (issues.length > 0) throw inputError(source, issues);
}

/** An error of which Pulumi prints only the message, in every language. */
export function inputError(source: string, issues: readonly ValidationIssue[]): pulumi.InputPropertiesError {
  const errors = issues.map((issue) => ({ propertyPath: issue.key, reason: formatIssue(issue) }));
  const message = errors.map(({ reason }) => `${source}: ${reason}`).join("\n");
  return new InvalidArgsError({ message, errors });
}

class InvalidArgsError extends pulumi.InputPropertiesError {
  override readonly name = "InputPropertiesError";
  /** Makes this a `RunError`: Pulumi's runner prints only the message of such an error, without a stack trace. */
  readonly __pulumiRunError = true;

  /** Pulumi's runner calls `util.inspect` on every error. By default that would walk through all resources. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
  }
}
