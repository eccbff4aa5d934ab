import * as lambda from "@pulumi/aws/lambda";
import type * as pulumi from "@pulumi/pulumi";
import type { StepFunctionArgs } from "./step-function-args";

export interface StepInvocation {
  readonly function: StepFunctionArgs;
  readonly input: pulumi.Input<string>;
  readonly triggers: Record<string, pulumi.Input<string>>;
  readonly dependsOn: pulumi.ComponentResourceOptions["dependsOn"];
}

/**
 * Invokes a Lambda once, synchronously, as a step of a release.
 *
 * `CREATE_ONLY` is the provider's default: a changed input, version or trigger invokes it again. A failed invocation is
 * not in the state, so the next update invokes it again; the Lambda must be idempotent.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/lambda/invocation/
 */
export function runStep(
  parent: pulumi.ComponentResource,
  name: string,
  step: StepInvocation,
): lambda.Invocation {
  const { functionName, functionVersion } = step.function;
  return new lambda.Invocation(
    name,
    { functionName, qualifier: functionVersion, input: step.input, triggers: step.triggers },
    { parent, dependsOn: step.dependsOn },
  );
}
