import type * as pulumi from "@pulumi/pulumi";
import { COLORS } from "../fleet/color";
import { type ColorTargetGroupArns, targetGroupsSpec } from "../fleet/fleet-color-args";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ComponentSpec } from "../validation/args-spec";
import { distinctIssue } from "../validation/find-issues";
import { LISTENER_ARN } from "../validation/formats";

/** The share of the traffic of each color. */
export interface ColorWeights {
  /** The weight of blue's target group, 0-999. */
  blue: number;
  /** The weight of green's target group, 0-999. */
  green: number;
}

export interface ProductionRuleArgs extends TaggedArgs {
  /** The listener that receives the traffic. */
  listenerArn: pulumi.Input<string>;
  /** The target group of each color. */
  targetGroupArns: ColorTargetGroupArns;
  /** The weight of each color. A color with weight 0 is left out of the rule. */
  weights: ColorWeights;
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
   * @default 1000
   */
  priority?: number;
  /**
   * Protects the rule from deletion in Pulumi. Without the rule, all users receive 503.
   *
   * @default true
   */
  protect?: boolean;
}

const WEIGHT = { kind: "integer", min: 0, max: 999, required: true } as const;

export const productionRuleSpec = {
  args: {
    listenerArn: { kind: "string", format: LISTENER_ARN, required: true, input: true },
    targetGroupArns: targetGroupsSpec,
    weights: { kind: "object", args: { blue: WEIGHT, green: WEIGHT }, required: true },
    stickySeconds: { kind: "integer", min: 1, max: 604_800, default: 300 },
    priority: { kind: "integer", min: 1, max: 50_000, default: 1000 },
    protect: { kind: "boolean", default: true },
    tags: tagsSpec(),
  },
  checks: [
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
  ],
} as const satisfies ComponentSpec<ProductionRuleArgs>;
