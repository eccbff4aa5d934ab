import * as pulumi from "@pulumi/pulumi";
import { runStep } from "../functions/run-step";
import { validateArgs } from "../validation/validate-args";
import { POLL_SECONDS } from "./gate";
import { type GateCheckArgs, gateCheckSpec } from "./gate-check-args";

/**
 * One gate check of a color, before it receives traffic.
 *
 * It passes when, in every tier, each registered target is healthy and responds through the color's test rule with the
 * expected version, and there are enough targets. When it fails, the update stops and the traffic stays where it is; the
 * next `pulumi up` checks again.
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
    // Without inputs of its own, a flip changes the invocation only.
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
