import type * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import { runStep } from "../functions/run-step";
import { POLL_SECONDS } from "./gate";
import type { GateFunctionArgs } from "./gate-check-args";

export interface GateInvocation {
  readonly gate: GateFunctionArgs;
  readonly color: string;
  readonly version: string;
  /** The rest of the event of the Lambda. */
  readonly check: pulumi.Input<object>;
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
  const event = pulumi.all([check, gate.timeoutSeconds]).apply(([known, timeoutSeconds]) => ({
    ...{ color, version },
    ...known,
    timeoutSeconds,
    pollSeconds: POLL_SECONDS,
  }));
  return runStep(parent, name, {
    function: gate,
    kind: "gate",
    input: pulumi.jsonStringify(event),
    triggers: { ...triggers, color, version },
    dependsOn,
    done,
  });
}
