import * as pulumi from "@pulumi/pulumi";
import { present, valueIssues } from "../validation/find-issues";
import { whenKnown } from "../validation/output-text";
import { throwIssues, validateArgs } from "../validation/validate-args";
import { type GateCheckArgs, type GateTierArgs, gateCheckSpec, gateTierSpec } from "./gate-check-args";
import { headerIssues, targetGroupIssues } from "./gate-check-issues";
import { invokeGate } from "./invoke-gate";

/**
 * Checks a color with the health gate before it receives traffic.
 *
 * First the gate provides capacity: it raises the desired capacity of `autoScalingGroupName` to what the color's share
 * of the traffic needs, measured on the other color. The check passes if, in every tier, there are enough targets,
 * each registered target is healthy and responds through the color's test rule with the expected version, no alarm is
 * in ALARM, and the team's checks pass. If the check fails, the update stops and no traffic is shifted; the next
 * `pulumi up` checks again.
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

  /**
   * The result as JSON: `mode` (`forward` or `rollback`), `startedAt`, `finishedAt`, and for each tier the healthy and
   * the needed targets. Unknown in a preview that runs the check.
   */
  public readonly result: pulumi.Output<string>;

  constructor(name: string, args: GateCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(GateCheck, name, args, opts);
    const { gate, color, version, triggers, alarms, checks, servedUntil, production } = settings;
    const { sharePercent, otherSharePercent, rollbackWindowMinutes, done, watched } = settings;
    const tiers = checkedTiers(name, settings);
    // The component registers no inputs, so that a flip changes only the invocation.
    super("changeover:index:GateCheck", name, {}, opts);
    this.result = invokeGate(this, name, {
      ...{ gate, color, version, triggers, done },
      check: {
        ...{ sharePercent, otherSharePercent, tiers, alarms, checks, production },
        ...(watched ? { watched } : {}),
        ...(servedUntil === undefined ? {} : { servedUntil, rollbackWindowMinutes }),
      },
      dependsOn: opts?.dependsOn,
    }).result;
    this.registerOutputs({ result: this.result });
  }
}

/** Target groups that are outputs are compared once all of them are known. */
function checkedTiers(name: string, args: GateCheckArgs) {
  const { color, production } = args;
  const tiers = args.tiers.map((tier, index) => withCheckedHeaders(name, args, tier, index));
  return whenKnown({ tiers, production }, (known) =>
    throwIssues(`GateCheck "${name}"`, present(targetGroupIssues({ ...known, color }))),
  ).apply((known) => known.tiers);
}

/** Headers that are outputs are checked as soon as they are known. */
function withCheckedHeaders(name: string, { color }: GateCheckArgs, tier: GateTierArgs, index: number) {
  const key = `tiers[${index}].headers`;
  const headers = whenKnown(tier.headers, (known) => {
    const issues = [
      ...valueIssues(key, known, gateTierSpec.headers),
      ...headerIssues(key, known, color, tier.service),
    ];
    throwIssues(`GateCheck "${name}"`, present(issues));
  });
  return { ...tier, headers };
}
