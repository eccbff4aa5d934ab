import * as lambda from "@pulumi/aws/lambda";
import type * as pulumi from "@pulumi/pulumi";
import type { StepFunctionArgs } from "./step-function-args";

export interface StepInvocation {
  readonly function: StepFunctionArgs;
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
  const { functionName, functionVersion } = step.function;
  const inputs = { functionName, qualifier: functionVersion, input: step.input, triggers: step.triggers };
  const ignoreChanges = step.done ? Object.keys(inputs) : [];
  return new lambda.Invocation(name, inputs, { parent, dependsOn: step.dependsOn, ignoreChanges });
}
