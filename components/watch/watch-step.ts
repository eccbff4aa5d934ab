import * as pulumi from "@pulumi/pulumi";
import { validateArgs } from "../validation/validate-args";
import { invokeWatch } from "./invoke-watch";
import { type WatchStepArgs, watchStepSpec } from "./watch-step-args";

/**
 * Watches a traffic shift while it bakes.
 *
 * For `bakeMinutes` the Lambda reads the alarms and runs the checks. On an alarm in ALARM, or a failed check, it sets
 * `weightsBefore` on the production rule, records the rollback on the rule's tags, notifies, and fails the update. It
 * runs in AWS, so it also acts when the machine that ran `pulumi up` is gone.
 *
 * The rule's tags have the serial, from `record` of the `ProductionRule`. Another serial means that the traffic was
 * shifted again: the watch then shifts nothing and fails. A bake that has ended without a rollback is not repeated.
 *
 * ```ts
 * new WatchStep("bake", { watch, ruleArn: production.arn, serial: 7, ...shift, bakeMinutes: 10 }, { dependsOn: production });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class WatchStep extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = watchStepSpec;

  /** The result as JSON: `outcome`, `startedAt`, `finishedAt`. Unknown in a preview that runs the watch. */
  public readonly result: pulumi.Output<string>;

  constructor(name: string, args: WatchStepArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(WatchStep, name, args, opts);
    const { watch, done, ...shift } = settings;
    // The component registers no inputs, so that a flip changes only the invocations.
    super("changeover:index:WatchStep", name, {}, opts);
    const { serial, bakeMinutes } = settings;
    const last = invokeWatch(this, name, {
      ...{ watch, shift, serial, bakeMinutes, done },
      dependsOn: opts?.dependsOn,
    });
    this.result = last?.result ?? pulumi.output("");
    this.registerOutputs({ result: this.result });
  }
}
