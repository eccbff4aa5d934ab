import type * as pulumi from "@pulumi/pulumi";
import { COLORS, type Color } from "../fleet/color";
import { type ColorWeights, weightsSpec } from "../fleet/color-weights";
import { type ColorTargetGroupArns, targetGroupsSpec } from "../fleet/fleet-color-args";
import {
  type CheckingFunctionArgs,
  checkingFunctionSpec,
  type NamedCheckArgs,
  namedChecksSpec,
  permissionIssues,
} from "../functions/named-check-args";
import { stepFunctionSpec } from "../functions/step-function-args";
import type { ComponentSpec } from "../validation/args-spec";
import { ALARM_NAMES, LISTENER_RULE_ARN, NOT_EMPTY } from "../validation/formats";

export interface WatchStepArgs {
  /** The `Watch`, or its outputs of the same names. */
  watch: CheckingFunctionArgs;
  /** The production rule: the output `arn` of a `ProductionRule`. */
  ruleArn: pulumi.Input<string>;
  /**
   * The number of the shift, as in the `record` of the `ProductionRule`, 1-1000000000. A new number starts a new
   * watch.
   */
  serial: number;
  /** The color that got more traffic. */
  color: Color;
  /** The version of that color. */
  version: string;
  /** The weights of this shift, as in the `ProductionRule`. */
  weights: ColorWeights;
  /** The weights before this shift, which a rollback sets again. */
  weightsBefore: ColorWeights;
  /** The target group of each color. */
  targetGroupArns: ColorTargetGroupArns;
  /**
   * Seconds for which a client stays with a color while both receive traffic, as in the `ProductionRule`, 1-604800.
   *
   * @default 300
   */
  stickySeconds?: number;
  /**
   * The duration of the watch in minutes, above 0 and up to 240. A fraction is for simulations, whose alarms go off
   * within seconds. Each invocation covers up to 14 minutes, because a Lambda is limited
   * to 15.
   */
  bakeMinutes: number;
  /**
   * True if the shift was watched in an earlier update: the watch does not run again, whatever else changes. Set it
   * in every update that does not shift traffic. `bakeMinutes` must stay the same.
   *
   * @default false
   */
  done?: boolean;
  /**
   * The names of CloudWatch alarms. If one of them goes to ALARM after the shift, the traffic is shifted back.
   *
   * @default none
   */
  alarms?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Checks of the team's own, which run during the watch with the stage `BAKE_TIME`. If one of them fails, the traffic
   * is shifted back.
   *
   * @default none
   */
  checks?: NamedCheckArgs[];
  /**
   * The names of the Auto Scaling groups of the color that served before. During the watch they keep at least their
   * present size, so that a rollback has enough capacity.
   *
   * Their minimum size is restored when the watch ends. The groups must have the tag `changeover:stack` with the
   * value `<project>/<stack>`, as those of a `FleetColor` have.
   *
   * @default none
   */
  hold?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The person or the job that shifted the traffic, for notifications.
   *
   * @default none
   */
  actor?: string;
  /**
   * The reason of the shift, for notifications.
   *
   * @default none
   */
  reason?: string;
  /**
   * The output `result` of the gate check of this shift. If the shift is a rollback, the watch ends at once, because
   * alarms of the color that lost its traffic may still be in ALARM.
   *
   * @default none, every shift is watched
   */
  gateResult?: pulumi.Input<string>;
}

/** The share of the traffic, from 0 to 1; undefined if no color has any. */
function shareOf(color: Color, weights: ColorWeights): number | undefined {
  const sum = COLORS.reduce((total, each) => total + weights[each], 0);
  return sum === 0 ? undefined : weights[color] / sum;
}

export const watchStepSpec = {
  args: {
    watch: {
      kind: "object",
      component: "Watch",
      args: { ...stepFunctionSpec("watch"), ...checkingFunctionSpec },
      required: true,
    },
    ruleArn: { kind: "string", format: LISTENER_RULE_ARN, required: true, input: true },
    serial: { kind: "integer", min: 1, max: 1_000_000_000, required: true },
    color: { kind: "enum", values: COLORS, required: true },
    version: { kind: "string", complete: true, format: NOT_EMPTY, required: true },
    weights: weightsSpec,
    weightsBefore: weightsSpec,
    targetGroupArns: targetGroupsSpec,
    stickySeconds: { kind: "integer", min: 1, max: 604_800, default: 300 },
    bakeMinutes: { kind: "number", min: 0.01, max: 240, required: true },
    done: { kind: "boolean", default: false },
    alarms: ALARM_NAMES,
    checks: namedChecksSpec,
    hold: {
      kind: "list",
      items: { kind: "string", format: NOT_EMPTY, input: true },
      whenOmitted: "none",
      input: true,
    },
    actor: { kind: "string", whenOmitted: "none" },
    reason: { kind: "string", whenOmitted: "none" },
    gateResult: { kind: "string", whenOmitted: "none, every shift is watched", input: true },
  },
  checks: [
    { reads: ["watch", "checks"], check: ({ watch, checks }) => permissionIssues(checks, watch, "Watch") },
    {
      reads: ["color", "weights", "weightsBefore"],
      check: ({ color, weights, weightsBefore }) => {
        const before = shareOf(color, weightsBefore);
        if (before === undefined || (shareOf(color, weights) ?? 0) > before) return [];
        return [
          {
            key: "weights",
            allowed: `weights with a larger share for ${color} than weightsBefore, because ${color} got more traffic`,
            got: weights,
            remedy: "Give the weights of the shift, and the color that it shifted traffic to.",
          },
        ];
      },
    },
    {
      reads: ["weightsBefore"],
      check: ({ weightsBefore }) =>
        COLORS.some((color) => weightsBefore[color] > 0)
          ? []
          : [
              {
                key: "weightsBefore",
                allowed: "above 0 for at least one color",
                got: weightsBefore,
                remedy: "Do not watch the first traffic of a stack: there is nothing to shift back to.",
              },
            ],
    },
  ],
} as const satisfies ComponentSpec<WatchStepArgs>;
