import * as pulumi from "@pulumi/pulumi";
import { runStep } from "../functions/run-step";
import { validateArgs } from "../validation/validate-args";
import { POLL_SECONDS } from "./gate";
import { type GateCheckArgs, gateCheckSpec } from "./gate-check-args";

/**
 * Checks a color with the health gate before it receives traffic.
 *
 * The check passes if, in every tier, there are enough targets, and each registered target is healthy and responds
 * through the color's test rule with the expected version. If the check fails, the update stops and no traffic is
 * shifted; the next `pulumi up` checks again.
 *
 * ```ts
 * new GateCheck("live", { gate, color: "green", version: "1.1.0", tiers });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class GateCheck extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = gateCheckSpec;

  constructor(name: string, args: GateCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    const { sharePercent } = validateArgs(GateCheck, name, args);
    const { gate, color, version, otherSharePercent, tiers, triggers } = args;
    // The component registers no inputs, so that a flip changes only the invocation.
    super("changeover:index:GateCheck", name, {}, opts);
    const { result } = runStep(this, name, {
      function: gate,
      input: pulumi.jsonStringify({
        ...{ color, version, sharePercent, otherSharePercent, tiers },
        timeoutSeconds: gate.timeoutSeconds,
        pollSeconds: POLL_SECONDS,
      }),
      triggers: { ...triggers, color, version },
      dependsOn: opts?.dependsOn,
    });
    this.registerOutputs({ result });
  }
}
