import * as lambda from "@pulumi/aws/lambda";
import type * as pulumi from "@pulumi/pulumi";
import { outputTextIssue, whenKnown } from "../validation/output-text";
import { throwIssues } from "../validation/validate-args";
import type { ValidationIssue } from "../validation/validation-issue";
import { functionIssue, type StepFunctionArgs, type StepFunctionKind } from "./step-function-args";

export interface StepInvocation {
  readonly function: StepFunctionArgs;
  readonly kind: StepFunctionKind;
  readonly input: pulumi.Input<string>;
  readonly triggers: Record<string, pulumi.Input<string>>;
  readonly dependsOn: pulumi.ComponentResourceOptions["dependsOn"];
  /** True to keep the invocation of an earlier update. */
  readonly done?: boolean;
}

/**
 * Invokes a Lambda once, synchronously, as a step of a release.
 *
 * With the provider's default lifecycle scope `CREATE_ONLY`, a changed input, function version or trigger invokes the
 * Lambda again. A failed invocation is not recorded in the state, so the next update repeats it: the Lambda must be
 * idempotent.
 *
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/lambda/invocation/
 */
export function runStep(
  parent: pulumi.ComponentResource,
  name: string,
  step: StepInvocation,
): lambda.Invocation {
  const check = (issue: ValidationIssue | undefined) => {
    if (issue !== undefined) throwIssues(name, [issue]);
  };
  const inputs = {
    functionName: whenKnown(step.function.functionName, (known) => check(functionIssue(known, step.kind))),
    qualifier: step.function.functionVersion,
    input: whenKnown(step.input, (known) => check(outputTextIssue("args", known))),
    triggers: step.triggers,
  };
  const ignoreChanges = step.done ? Object.keys(inputs) : [];
  return new lambda.Invocation(name, inputs, { parent, dependsOn: step.dependsOn, ignoreChanges });
}
