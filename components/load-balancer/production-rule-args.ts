import type * as pulumi from "@pulumi/pulumi";
import { COLORS } from "../fleet/color";
import { type ColorWeights, weightsSpec } from "../fleet/color-weights";
import { type ColorTargetGroupArns, targetGroupsSpec } from "../fleet/fleet-color-args";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ArgsSpec, ComponentSpec } from "../validation/args-spec";
import { distinctIssue } from "../validation/find-issues";
import { LISTENER_ARN, TIME } from "../validation/formats";
import { placeIssue } from "../validation/region";
import { conditionLimitIssue, type RequestConditionArgs, requestConditionsSpec } from "./request-conditions";
import { RECORD_TAGS } from "./shift-tags";

/** The kind of a traffic shift. */
export const ShiftKind = {
  /** The first traffic of a stack. */
  First: "first",
  /** A shift to another color, or to other weights. */
  Shift: "shift",
  /** A shift back to the color that served before. */
  Rollback: "rollback",
  /** A rollback by a `WatchStep`. */
  WatchRollback: "watch-rollback",
} as const;
export type ShiftKind = (typeof ShiftKind)[keyof typeof ShiftKind];

/**
 * The record of a traffic shift: its number, its author and its reason.
 *
 * The values become tags: characters that AWS does not allow become spaces, and values end after 256 characters.
 */
export interface ShiftRecordArgs {
  /** The number of the shift, from 1 to 1000000000. Each shift has the next number. */
  serial: number;
  /** The kind of the shift. */
  kind: ShiftKind;
  /**
   * The person or the job that shifted the traffic.
   *
   * @default none
   */
  actor?: string;
  /**
   * The commit of the program.
   *
   * @default none
   */
  commit?: string;
  /**
   * The reason of the shift.
   *
   * @default none
   */
  reason?: string;
  /**
   * The time of the shift in ISO 8601, for a shift by another writer than the program. Do not give the present time:
   * it would change the rule in every update.
   *
   * @default none
   */
  at?: string;
}

export interface ProductionRuleArgs extends TaggedArgs, RequestConditionArgs {
  /** The listener that receives the traffic. */
  listenerArn: pulumi.Input<string>;
  /** The target group of each color. */
  targetGroupArns: ColorTargetGroupArns;
  /** The weight of each color. A color with weight 0 is left out of the rule. */
  weights: ColorWeights;
  /**
   * The record of the shift that led to the weights. It becomes the tags `changeover:serial`, `changeover:kind`,
   * `changeover:actor`, `changeover:commit`, `changeover:reason` and `changeover:at`.
   *
   * @default none
   */
  record?: ShiftRecordArgs;
  /**
   * Seconds for which a user stays with the color of the first response, 1-604800.
   *
   * It applies only while both colors receive traffic. With one color there is no stickiness, so a flip shifts all
   * traffic.
   *
   * @default 300
   */
  stickySeconds?: number;
  /**
   * The priority of the rule, 1-50000. The number must be higher than those of the test rules.
   *
   * The default with conditions follows from the component's name, in an order by conditions: rules with hosts and paths come
   * first, then those with hosts, those with paths, and those with headers alone. If a request can match two rules of one
   * such group, both need a priority, of which the narrower rule has the lower number.
   *
   * @default 1000, or with conditions a number from 20000 to 49999 that follows from the name
   */
  priority?: number;
  /**
   * Protects the rule from deletion in Pulumi. Without the rule, all users receive 503.
   *
   * @default true
   */
  protect?: boolean;
}

const TEXT = { kind: "string", whenOmitted: "none" } as const;

const shiftRecordSpec = {
  serial: { kind: "integer", min: 1, max: 1_000_000_000, required: true },
  kind: { kind: "enum", values: Object.values(ShiftKind), required: true },
  actor: TEXT,
  commit: TEXT,
  reason: TEXT,
  at: { ...TEXT, format: TIME },
} as const satisfies ArgsSpec<ShiftRecordArgs>;

export const productionRuleSpec = {
  args: {
    listenerArn: { kind: "string", format: LISTENER_ARN, required: true, input: true },
    targetGroupArns: targetGroupsSpec,
    weights: weightsSpec,
    record: { kind: "object", args: shiftRecordSpec, whenOmitted: "none" },
    stickySeconds: { kind: "integer", min: 1, max: 604_800, default: 300 },
    ...requestConditionsSpec,
    priority: {
      kind: "integer",
      min: 1,
      max: 50_000,
      whenOmitted: "1000, or with conditions a number from 20000 to 49999 that follows from the name",
    },
    protect: { kind: "boolean", default: true },
    tags: tagsSpec(["Name", ...RECORD_TAGS]),
  },
  checks: [
    { reads: ["hosts", "paths", "headers"], check: (args) => [conditionLimitIssue(args)] },
    {
      reads: ["weights"],
      check: ({ weights }) => {
        if (COLORS.some((color) => weights[color] > 0)) return [];
        const allowed = "above 0 for at least one color";
        return [{ key: "weights", allowed, got: weights, remedy: "Give a weight to the color that serves." }];
      },
    },
    {
      reads: ["targetGroupArns"],
      // AWS rejects a rule with the same target group twice, and a flip to the same target group would shift no
      // traffic.
      check: ({ targetGroupArns: { blue, green } }) => [
        distinctIssue("targetGroupArns.green", green, blue, "another target group than blue's"),
      ],
    },
    {
      reads: ["listenerArn", "targetGroupArns"],
      check: ({ listenerArn, targetGroupArns }) =>
        COLORS.map((color) =>
          placeIssue(`targetGroupArns.${color}`, targetGroupArns[color], listenerArn, { isOwn: true }),
        ),
    },
  ],
} as const satisfies ComponentSpec<ProductionRuleArgs>;
