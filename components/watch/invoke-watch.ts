import type * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import {
  type CheckingFunctionArgs,
  type NamedCheckArgs,
  permissionIssues,
} from "../functions/named-check-args";
import { runStep } from "../functions/run-step";
import { throwIssues } from "../validation/validate-args";

/** A Lambda is limited to 15 minutes; the rest is for a rollback and the report. */
const MINUTES_PER_INVOCATION = 14;

/** Interval in which the watch reads alarms and runs checks. */
const POLL_SECONDS = 5;

export interface WatchInvocation {
  readonly watch: CheckingFunctionArgs;
  /** The event of the Lambda, without what this function adds. */
  readonly shift: pulumi.Input<{ readonly checks?: readonly NamedCheckArgs[] }>;
  readonly serial: pulumi.Input<number>;
  readonly bakeMinutes: number;
  readonly dependsOn: pulumi.ComponentResourceOptions["dependsOn"];
  readonly done?: boolean;
}

/** Invokes the watch of a shift, once for each 14 minutes. Returns the last invocation. */
export function invokeWatch(
  parent: pulumi.ComponentResource,
  name: string,
  { watch, shift, serial, bakeMinutes, dependsOn, done }: WatchInvocation,
): lambda.Invocation | undefined {
  const steps = Math.ceil(bakeMinutes / MINUTES_PER_INVOCATION);
  let last: lambda.Invocation | undefined;
  for (let step = 1; step <= steps; step++) {
    const input = pulumi
      .all([shift, watch.checkFunctionNames, last?.result])
      .apply(([known, checkFunctionNames, previous]) => {
        // In a program in another language, these outputs of a watch are known only now.
        throwIssues(name, permissionIssues(known.checks, { checkFunctionNames }, "Watch"));
        return JSON.stringify({ ...known, bakeMinutes, step, steps, pollSeconds: POLL_SECONDS, previous });
      });
    // The last invocation has the name of the step, so that another duration replaces no other invocation.
    last = runStep(parent, step === steps ? name : `${name}-${step}`, {
      function: watch,
      kind: "watch" as const,
      input,
      triggers: { serial: pulumi.output(serial).apply(String) },
      dependsOn,
      done,
    });
  }
  return last;
}
