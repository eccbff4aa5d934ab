import type * as lb from "@pulumi/aws/lb";
import * as pulumi from "@pulumi/pulumi";
import { COLORS } from "../fleet/color";
import type { ColorWeights } from "../fleet/color-weights";
import { withOwnTags, withTags } from "../tags/resource-tags";
import { validateRuleArgs } from "./claim-rules";
import { type ClaimOwner, productionPriorityOf, productionRuleClaim } from "./listener-claims";
import { createProductionListenerRule } from "./production-listener-rule";
import { type ProductionRuleArgs, productionRuleSpec } from "./production-rule-args";
import { shiftTags } from "./shift-tags";

/**
 * The listener rule that distributes the production traffic over the colors; a change of `weights` is a flip.
 *
 * A color without traffic is left out of the rule: with a weight of 0 it would still receive the requests of clients
 * with a stickiness cookie.
 *
 * ```ts
 * new ProductionRule("edge", {
 *   listenerArn: edge.listenerArn,
 *   targetGroupArns: web.targetGroupArns,
 *   weights: { blue: 100, green: 0 },
 * });
 * ```
 *
 * Services share a listener by `hosts`, `paths` and `headers`.
 *
 * @throws pulumi.InputPropertiesError with all invalid args, also when both weights are 0, when another rule of the
 * program has the priority or equal conditions, when one rule would take the requests of another, or when a request can match
 * two rules whose order only their names decide.
 * @see
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#sticky-sessions
 */
export class ProductionRule extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = productionRuleSpec;

  /** The listener rule, for `dependsOn`: a resource that depends on it waits until the traffic has shifted. */
  public readonly rule: lb.ListenerRule;
  /** The ARN of the listener rule. */
  public readonly arn: pulumi.Output<string>;
  /** The weight of each color, known once the rule has it: a retired color waits for its weight to be 0. */
  public readonly weights: pulumi.Output<ColorWeights>;

  constructor(name: string, args: ProductionRuleArgs, opts?: pulumi.ComponentResourceOptions) {
    const owner: ClaimOwner = { component: "ProductionRule", name };
    const { settings, listenerArn } = validateRuleArgs(ProductionRule, name, args, opts, (known) => [
      productionRuleClaim(owner, known),
    ]);
    const { hosts, paths, headers } = settings;
    // Weights and record are not registered as an input of the component, so that a flip changes only the rule.
    const { weights, record, targetGroupArns, ...inputs } = args;
    super("changeover:index:ProductionRule", name, inputs, opts);
    const targetGroups = COLORS.filter((color) => weights[color] > 0).map((color) => ({
      arn: settings.targetGroupArns[color],
      weight: weights[color],
    }));
    this.rule = createProductionListenerRule(this, name, {
      ...{ listenerArn, priority: productionPriorityOf(owner, args), targetGroups },
      conditions: { hosts, paths, headers },
      stickySeconds: settings.stickySeconds,
      tags: withOwnTags(withTags(args.tags, { name: `${name}-production` }), shiftTags(record)),
      protect: settings.protect,
      dependsOn: opts?.dependsOn,
    });
    this.arn = this.rule.arn;
    this.weights = this.arn.apply(() => weights);
    this.registerOutputs({ arn: this.arn, weights: this.weights });
  }
}
