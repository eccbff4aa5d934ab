import * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import type { StepFunction } from "./lambdaFunction";

/**
 * Runs a function once, synchronously, as a step of a release. `CREATE_ONLY` is the provider's default: a changed input,
 * version or trigger runs it again; a failed run leaves nothing in the state, so the next update tries again. It can run
 * more than once for one change, so the function must be idempotent.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/lambda/invocation/
 */
export function runStep(
  parent: pulumi.ComponentResource,
  name: string,
  fn: StepFunction,
  input: pulumi.Input<string>,
  triggers: Record<string, string>,
  dependsOn: pulumi.ComponentResourceOptions["dependsOn"],
): lambda.Invocation {
  return new lambda.Invocation(
    name,
    { functionName: fn.name, qualifier: fn.version, input, triggers },
    { parent, dependsOn: pulumi.output(dependsOn).apply((own) => [...fn.ready, ...listed(own)]) },
  );
}

function listed(own: pulumi.Resource | pulumi.Resource[] | undefined): pulumi.Resource[] {
  if (own === undefined) return [];
  return Array.isArray(own) ? own : [own];
}
