import type * as lb from "@pulumi/aws/lb";
import { randomHex } from "../account";
import { AwsError, between } from "../errors";
import type { ListenerProtocol } from "../load-balancer/types";
import { type Plain, resourceType } from "../resource-type";
import { tagsAfterUpdate, tagsOf, validateTags } from "../tags";
import type { World } from "../world";
import { type ActionArgs, checkActions, checkConditions, toAction, toCondition } from "./elb-actions";
import { ELB_TYPES } from "./elb-names";

type RuleArgs = Plain<lb.ListenerRuleArgs>;

function listenerOf(listenerArn: string, world: World) {
  const found = world.resources.get(ELB_TYPES.listener, listenerArn);
  if (!found) throw new AwsError("ListenerNotFound", `One or more listeners not found: ${listenerArn}`);
  const { loadBalancerArn, protocol } = found.outs;
  return { loadBalancerArn: String(loadBalancerArn), protocol: protocol as ListenerProtocol };
}

function putRule(arn: string, inputs: RuleArgs, priority: number, world: World): void {
  const { loadBalancerArn, protocol } = listenerOf(inputs.listenerArn, world);
  const [first] = inputs.actions;
  if (!first) throw new AwsError("ValidationError", "A rule must have an action");
  const conditions = inputs.conditions.flatMap(toCondition);
  const action = toAction(first);
  world.loadBalancing.putRule(loadBalancerArn, { arn, protocol, priority, conditions, action });
}

/** Changes the actions of a rule outside the program, as ModifyRule does. */
export function modifyActions(arn: string, actions: ActionArgs[], world: World): void {
  const found = world.resources.get(ELB_TYPES.rule, arn);
  if (!found) throw new AwsError("RuleNotFound", `One or more rules not found: ${arn}`);
  const [rejection] = checkActions("Actions", actions);
  if (rejection) throw new AwsError("ValidationError", rejection.reason);
  putRule(arn, { ...(found.outs as unknown as RuleArgs), actions }, Number(found.outs.priority), world);
  world.resources.patch(ELB_TYPES.rule, arn, { actions });
}

export const rule = resourceType<RuleArgs>({
  driftingInputs: ["actions", "tags"],
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
    validateTags(inputs.tags ?? {});
    putRule(arn, inputs, priority, call.world);
    return { id: arn, outs: { arn, priority } };
  },
  update(arn, inputs, call) {
    const priority = inputs.priority ?? Number(call.outs.priority);
    const tags = tagsAfterUpdate(tagsOf(call.outs), call.before.tags ?? {}, inputs.tags ?? {});
    validateTags(tags);
    // The provider sends the actions only if they changed in the program.
    const actions = call.changed.includes("actions") ? inputs.actions : (call.outs.actions as ActionArgs[]);
    putRule(arn, { ...inputs, actions }, priority, call.world);
    return { priority, actions, tags };
  },
  delete(arn, outs, call) {
    const found = call.world.resources.get(ELB_TYPES.listener, String(outs.listenerArn));
    if (!found) return; // The rule was deleted with its listener.
    call.world.loadBalancing.deleteRule(String(found.outs.loadBalancerArn), arn);
  },
});
