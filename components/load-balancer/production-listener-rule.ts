import * as lb from "@pulumi/aws/lb";
import type * as pulumi from "@pulumi/pulumi";
import { hasConditions, type RequestConditionArgs, toConditions } from "./request-conditions";

export interface ProductionListenerRule {
  readonly listenerArn: pulumi.Input<string>;
  readonly priority: number;
  readonly conditions: RequestConditionArgs;
  /** The target groups with traffic. */
  readonly targetGroups: { readonly arn: pulumi.Input<string>; readonly weight: pulumi.Input<number> }[];
  readonly stickySeconds: number;
  readonly tags: lb.ListenerRuleArgs["tags"];
  readonly protect: boolean;
  readonly dependsOn: pulumi.ComponentResourceOptions["dependsOn"];
}

/** The rule that distributes the traffic. Without conditions it takes all requests. */
export function createProductionListenerRule(
  parent: pulumi.Resource,
  name: string,
  rule: ProductionListenerRule,
): lb.ListenerRule {
  const { listenerArn, priority, conditions, targetGroups, stickySeconds, tags, protect, dependsOn } = rule;
  // AWS requires a duration even when stickiness is off.
  const stickiness = { enabled: targetGroups.length > 1, duration: stickySeconds };
  return new lb.ListenerRule(
    `${name}-production`,
    {
      listenerArn,
      priority,
      conditions: toConditions(hasConditions(conditions) ? conditions : { paths: ["/*"] }),
      actions: [{ type: "forward", forward: { targetGroups, stickiness } }],
      tags,
    },
    {
      parent,
      protect,
      dependsOn,
      // The watch adds this tag after a bake without a rollback.
      ignoreChanges: ['tags["changeover:baked"]', 'tagsAll["changeover:baked"]'],
    },
  );
}
