import * as lambda from "@pulumi/aws/lambda";
import type * as pulumi from "@pulumi/pulumi";
import type { StepFunctionArgs } from "./lambda-function";

/**
 * Runs a function once, synchronously, as a step of a release. `CREATE_ONLY` is the provider's default: a changed input,
 * version or trigger runs it again; a failed run leaves nothing in the state, so the next update tries again. It can run
 * more than once for one change, so the function must be idempotent.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/lambda/invocation/
 */
export function runStep(
  parent: pulumi.ComponentResource,
  name: string,
  { functionName, functionVersion }: StepFunctionArgs,
  input: pulumi.Input<string>,
  triggers: Record<string, pulumi.Input<string>>,
  dependsOn: pulumi.ComponentResourceOptions["dependsOn"],
): lambda.Invocation {
  return new lambda.Invocation(
    name,
    { functionName, qualifier: functionVersion, input, triggers },
    { parent, dependsOn },
  );
}
