import type * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import { type NamedCheckArgs, permissionIssues } from "../functions/named-check-args";
import { runStep } from "../functions/run-step";
import { throwIssues } from "../validation/validate-args";
import { POLL_SECONDS } from "./gate";
import type { GateFunctionArgs } from "./gate-check-args";

export interface GateInvocation {
  readonly gate: GateFunctionArgs;
  readonly color: string;
  readonly version: string;
  /** The rest of the event of the Lambda. */
  readonly check: { readonly checks?: readonly NamedCheckArgs[]; readonly [key: string]: unknown };
  readonly triggers?: Record<string, pulumi.Input<string>>;
  readonly dependsOn: pulumi.ComponentResourceOptions["dependsOn"];
  readonly done?: boolean;
}

/** Invokes the gate for a color. */
export function invokeGate(
  parent: pulumi.ComponentResource,
  name: string,
  { gate, color, version, check, triggers, dependsOn, done }: GateInvocation,
): lambda.Invocation {
  const event = pulumi
    .all([check, gate.timeoutSeconds, gate.checkFunctionNames])
    .apply(([known, timeoutSeconds, checkFunctionNames]) => {
      // In a program in another language, these outputs of a gate are known only now.
      throwIssues(name, permissionIssues(check.checks, { checkFunctionNames }, "Gate"));
      return { ...{ color, version }, ...known, timeoutSeconds, pollSeconds: POLL_SECONDS };
    });
  return runStep(parent, name, {
    function: gate,
    kind: "gate",
    input: pulumi.jsonStringify(event),
    triggers: { ...triggers, color, version },
    dependsOn,
    done,
  });
}
