import * as pulumi from "@pulumi/pulumi";
import type { Color } from "../fleet/color";
import { checkStepFunction, type StepFunctionArgs } from "../functions/lambda-function";
import { runStep } from "../functions/step";
import { check, checkWhole } from "../validation/invalid-argument";
import { NOT_EMPTY, TARGET_GROUP_ARN } from "../validation/rules";
import { checkShape } from "../validation/shape";
import { POLL_SECONDS } from "./gate";

/** The function that waits. `Gate` has all of it as outputs. */
export interface DrainFunctionArgs extends StepFunctionArgs {
  /** The limit of the gate's checks, 10-840 seconds. This one has `drainSeconds` instead. Default: none. */
  timeoutSeconds?: pulumi.Input<number>;
}

export interface DrainCheckArgs {
  /** Which function runs: a `Gate`, or its outputs. */
  gate: DrainFunctionArgs;
  /** The color that is retired. */
  color: Color;
  /** The version that it ran: another one later is waited for again. */
  version: string;
  /** The tier's name, for messages. */
  tier: string;
  /** The tier's target group of this color. */
  targetGroupArn: pulumi.Input<string>;
  /** The target group's deregistration delay, in seconds, 0-780: that long the last requests may take. */
  drainSeconds: number;
}

/** Beyond the deregistration delay, for the instances to leave the target group. */
const DRAIN_MARGIN_SECONDS = 60;

/**
 * Waits until a retired tier has done its last request, so that the tier behind it can go: while a web server finishes an
 * upload, it still needs its application servers. Auto Scaling itself does not wait for that when it shrinks a group.
 *
 * ```ts
 * new DrainCheck("drained", { gate, color: "blue", version: "1.0.0", tier: "web", targetGroupArn, drainSeconds: 300 });
 * ```
 * @throws InvalidArgumentError for an arg that the function would refuse in the middle of a release.
 */
export class DrainCheck extends pulumi.ComponentResource {
  /** The color that is retired. */
  public readonly color: Color;

  constructor(name: string, args: DrainCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDrain(name, args);
    const { gate, color, version, tier, targetGroupArn, drainSeconds } = args;
    super("changeover:index:DrainCheck", name, {}, opts);
    this.color = color;
    const input = pulumi.jsonStringify({
      check: "drained",
      color,
      tier,
      targetGroupArn,
      timeoutSeconds: drainSeconds + DRAIN_MARGIN_SECONDS,
      pollSeconds: POLL_SECONDS,
    });
    const { result } = runStep(this, name, gate, input, { color, version }, opts?.dependsOn);
    this.registerOutputs({ result });
  }
}

function checkDrain(name: string, args: DrainCheckArgs): void {
  const what = (key: string) => `DrainCheck "${name}": ${key}`;
  checkShape("DrainCheck", name, args);
  check(what("version"), args.version, NOT_EMPTY);
  check(what("tier"), args.tier, NOT_EMPTY);
  checkWhole(what("drainSeconds"), args.drainSeconds, 0, 840 - DRAIN_MARGIN_SECONDS);
  checkStepFunction(what("gate"), args.gate);
  check(what("targetGroupArn"), args.targetGroupArn, TARGET_GROUP_ARN);
}
