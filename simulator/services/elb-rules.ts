import type * as lb from "@pulumi/aws/lb";
import { randomHex } from "../account";
import { AwsError, between } from "../errors";
import { type Plain, resourceType, type StepContext } from "../resource-type";
import { checkActions, checkConditions, toAction, toCondition } from "./elb-actions";
import { ELB_TYPES } from "./elb-names";

type RuleArgs = Plain<lb.ListenerRuleArgs>;

function loadBalancerOf(listenerArn: string, { world }: StepContext): string {
  const found = world.resources.get(ELB_TYPES.listener, listenerArn);
  if (!found) throw new AwsError("ListenerNotFound", `One or more listeners not found: ${listenerArn}`);
  if (!found.outs.served) {
    throw new Error(
      `Rules of the redirecting listener ${listenerArn} are not supported by the simulator. Use the other listener.`,
    );
  }
  return String(found.outs.loadBalancerArn);
}

function putRule(arn: string, inputs: RuleArgs, priority: number, call: StepContext): void {
  const loadBalancerArn = loadBalancerOf(inputs.listenerArn, call);
  const [first] = inputs.actions;
  if (!first) throw new AwsError("ValidationError", "A rule must have an action");
  const conditions = inputs.conditions.flatMap(toCondition);
  call.world.loadBalancing.putRule(loadBalancerArn, { arn, priority, conditions, action: toAction(first) });
}

export const rule = resourceType<RuleArgs>({
  *check(inputs) {
    yield* between("priority", inputs.priority, 1, 50_000);
    if (inputs.actions) yield* checkActions("actions", inputs.actions);
    if (inputs.conditions) yield* checkConditions(inputs.conditions);
  },
  create(inputs, call) {
    const others = call.world.resources
      .of(ELB_TYPES.rule)
      .filter(({ outs }) => outs.listenerArn === inputs.listenerArn);
    if (others.length >= 100) throw new AwsError("TooManyRules", "The limit of 100 rules has been reached");
    const next = Math.max(0, ...others.map(({ outs }) => Number(outs.priority))) + 1;
    const priority = inputs.priority ?? next;
    const arn = `${inputs.listenerArn.replace(":listener/", ":listener-rule/")}/${randomHex(16)}`;
    putRule(arn, inputs, priority, call);
    return { id: arn, outs: { arn, priority } };
  },
  update(arn, inputs, call) {
    const priority = inputs.priority ?? Number(call.outs.priority);
    putRule(arn, inputs, priority, call);
    return { priority };
  },
  delete(arn, outs, call) {
    const found = call.world.resources.get(ELB_TYPES.listener, String(outs.listenerArn));
    if (!found) return; // The rule was deleted with its listener.
    call.world.loadBalancing.deleteRule(String(found.outs.loadBalancerArn), arn);
  },
});
