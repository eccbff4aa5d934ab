import * as pulumi from "@pulumi/pulumi";
import { COLORS, type Color } from "../fleet/color";
import { runStep } from "../functions/run-step";
import { type StepFunctionArgs, stepFunctionSpec } from "../functions/step-function-args";
import type { ComponentSpec } from "../validation/args-spec";
import { NOT_EMPTY, TARGET_GROUP_ARN } from "../validation/formats";
import { validateArgs } from "../validation/validate-args";
import { POLL_SECONDS } from "./gate";
import { GATE_TIMEOUT } from "./gate-args";

/** The Lambda of a drain check. `Gate` has outputs of the same names. */
export interface DrainFunctionArgs extends StepFunctionArgs {
  /**
   * The timeout of gate checks in seconds, 10-840. A drain check ignores it and uses `drainSeconds`.
   *
   * @default none
   */
  timeoutSeconds?: pulumi.Input<number>;
}

export interface DrainCheckArgs {
  /** The `Gate`, or its outputs. */
  gate: DrainFunctionArgs;
  /** The color that is retired. */
  color: Color;
  /** The version that the color ran. A change runs the check again. */
  version: string;
  /** The name of the tier, for messages. */
  tier: string;
  /** The color's target group in this tier. */
  targetGroupArn: pulumi.Input<string>;
  /** The deregistration delay of the target group in seconds, 0-780. */
  drainSeconds: number;
}

/** The time that instances have to leave the target group after the deregistration delay. */
const DRAIN_MARGIN_SECONDS = 60;

const drainCheckSpec = {
  args: {
    gate: {
      kind: "object",
      component: "Gate",
      args: {
        ...stepFunctionSpec("gate"),
        timeoutSeconds: { ...GATE_TIMEOUT, whenOmitted: "none", input: true },
      },
      required: true,
    },
    color: { kind: "enum", values: COLORS, required: true },
    version: { kind: "string", complete: true, format: NOT_EMPTY, required: true },
    tier: { kind: "string", format: NOT_EMPTY, required: true },
    targetGroupArn: { kind: "string", format: TARGET_GROUP_ARN, required: true, input: true },
    drainSeconds: { kind: "integer", min: 0, max: GATE_TIMEOUT.max - DRAIN_MARGIN_SECONDS, required: true },
  },
} as const satisfies ComponentSpec<DrainCheckArgs>;

/**
 * Waits until a retired tier has finished all its requests, so that the tier behind it can be retired.
 *
 * For example, a web instance that still finishes an upload calls its application instances. Auto Scaling itself does
 * not wait for open requests of another tier.
 *
 * ```ts
 * new DrainCheck("drained", { gate, color: "blue", version: "1.0.0", tier: "web", targetGroupArn, drainSeconds: 300 });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class DrainCheck extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = drainCheckSpec;

  /** The color that is retired. */
  public readonly color: Color;

  constructor(name: string, args: DrainCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    validateArgs(DrainCheck, name, args, opts);
    const { gate, color, version, tier, targetGroupArn, drainSeconds } = args;
    super("changeover:index:DrainCheck", name, {}, opts);
    this.color = color;
    const { result } = runStep(this, name, {
      function: gate,
      kind: "gate",
      input: pulumi.jsonStringify({
        check: "drained",
        ...{ color, tier, targetGroupArn },
        timeoutSeconds: drainSeconds + DRAIN_MARGIN_SECONDS,
        pollSeconds: POLL_SECONDS,
      }),
      triggers: { color, version },
      dependsOn: opts?.dependsOn,
    });
    this.registerOutputs({ result });
  }
}
