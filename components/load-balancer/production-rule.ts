import * as lb from "@pulumi/aws/lb";
import * as pulumi from "@pulumi/pulumi";
import { COLORS } from "../fleet/color";
import type { ColorTargetGroupArns } from "../fleet/fleet-color-args";
import { check, checkWhole, InvalidArgumentError, otherThan } from "../validation/invalid-argument";
import { LISTENER_ARN, TARGET_GROUP_ARN } from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags, withTags } from "../validation/tags";

/** One number for each color: its share of the users. */
export interface ColorWeights {
  /** 0-999, as AWS bounds a target group's weight. */
  blue: number;
  /** 0-999, as AWS bounds a target group's weight. */
  green: number;
}

export interface ProductionRuleArgs {
  /** The listener that users reach. */
  listenerArn: pulumi.Input<string>;
  /** Where each color's servers are. */
  targetGroupArns: ColorTargetGroupArns;
  /** Who gets the users. Colors at 0 are left out of the rule. */
  weights: ColorWeights;
  /**
   * While two colors share the users, each user stays with the color of the first answer for this long:
   * 1-604800 seconds. Default: 300. With one color there is no stickiness, so nobody stays behind after a switch.
   */
  stickySeconds?: number;
  /** 1-50000, above the colors' own rules. Default: 1000. */
  priority?: number;
  /** Pulumi refuses to delete it: without it every user gets 503. Default: true. */
  protect?: boolean;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 49. A key has 1-128
   * characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * The one switch. Every path goes to the colors whose weight is above 0; this program is the only owner of the weights.
 *
 * A weight of 0 does not evict a client that holds a stickiness cookie, so a color without users is taken out of the
 * rule instead of being listed at 0.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#sticky-sessions
 *
 * ```ts
 * new ProductionRule("edge", {
 *   listenerArn: edge.listenerArn,
 *   targetGroupArns: web.targetGroupArns,
 *   weights: { blue: 100, green: 0 },
 * });
 * ```
 * @throws InvalidArgumentError for weights that give nobody the users, and for an arg that AWS would refuse, before
 * anything is declared.
 */
export class ProductionRule extends pulumi.ComponentResource {
  /** The listener rule, for `dependsOn`: what waits for it waits until users have moved. */
  public readonly rule: lb.ListenerRule;

  constructor(name: string, args: ProductionRuleArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    // The weights stand in the rule alone, so that a switch shows the rule and not its wrapper too.
    const { weights, targetGroupArns, ...lasting } = args;
    super("changeover:index:ProductionRule", name, lasting, opts);
    const targetGroups = COLORS.filter((color) => weights[color] > 0).map((color) => ({
      arn: targetGroupArns[color],
      weight: weights[color],
    }));
    const stickiness = {
      enabled: targetGroups.length > 1,
      // AWS wants a duration even when stickiness is off.
      duration: args.stickySeconds ?? 300,
    };
    this.rule = new lb.ListenerRule(
      `${name}-production`,
      {
        listenerArn: args.listenerArn,
        priority: args.priority ?? 1000,
        conditions: [{ pathPattern: { values: ["/*"] } }],
        actions: [{ type: "forward", forward: { targetGroups, stickiness } }],
        tags: withTags(args.tags, { name: `${name}-production` }),
      },
      { parent: this, protect: args.protect ?? true, dependsOn: opts?.dependsOn },
    );
    this.registerOutputs({ ruleArn: this.rule.arn });
  }
}

function checkArgs(name: string, args: ProductionRuleArgs): void {
  const what = (key: string) => `ProductionRule "${name}": ${key}`;
  checkShape("ProductionRule", name, args);
  for (const color of COLORS) checkWhole(what(`weights.${color}`), args.weights[color], 0, 999);
  checkWhole(what("stickySeconds"), args.stickySeconds, 1, 604_800);
  checkWhole(what("priority"), args.priority, 1, 50_000);
  if (COLORS.every((color) => args.weights[color] === 0)) {
    throw new InvalidArgumentError({
      what: what("weights"),
      got: args.weights,
      allowed: "at least one color above 0",
      todo: "Name the color that serves the users.",
    });
  }
  const { blue, green } = args.targetGroupArns;
  const allowed =
    "another target group than blue's: AWS takes each once in a rule, and a switch would move nobody";
  check(what("targetGroupArns.green"), green, otherThan(blue, allowed));
  check(what("targetGroupArns.blue"), blue, TARGET_GROUP_ARN);
  check(what("targetGroupArns.green"), green, TARGET_GROUP_ARN);
  check(what("listenerArn"), args.listenerArn, LISTENER_ARN);
  checkTags(what("tags"), args.tags);
}
