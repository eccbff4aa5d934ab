import { hasConditions, type RequestConditionArgs } from "./request-conditions";
import {
  DEFAULT_PRODUCTION_PRIORITY,
  DEFAULT_TEST_PRIORITY,
  productionRulePriority,
  testRulePriority,
} from "./rule-priorities";

/** The component that declares rules, for messages. */
export interface ClaimOwner {
  readonly component: "BlueGreenFleet" | "BlueGreenService" | "ProductionRule";
  readonly name: string;
}

/** The test rules or the production rule that a component declares on a listener. */
export interface ListenerClaim extends ClaimOwner {
  readonly kind: "test" | "production";
  /** The priorities of the rules. */
  readonly priorities: readonly number[];
  /** The priority that the args give; undefined if it follows from names. */
  readonly given?: number | undefined;
  /** The service that the test rules name. */
  readonly service?: string | undefined;
  readonly conditions: RequestConditionArgs;
}

interface TestRuleArgs extends RequestConditionArgs {
  readonly service?: string;
  readonly colorRulePriority?: number;
}

/** The priority of blue's test rule. */
export function testPriorityOf(name: string, args: TestRuleArgs): number {
  const shared = args.service ?? (hasConditions(args) ? name : undefined);
  return args.colorRulePriority ?? (shared === undefined ? DEFAULT_TEST_PRIORITY : testRulePriority(shared));
}

export function testRuleClaim(owner: ClaimOwner, args: TestRuleArgs): ListenerClaim {
  const { service, colorRulePriority: given } = args;
  const priority = testPriorityOf(owner.name, args);
  return {
    ...owner,
    ...{ kind: "test", priorities: [priority, priority + 1], given, service },
    conditions: conditionsOf(args),
  };
}

interface ProductionArgs extends RequestConditionArgs {
  readonly priority?: number;
}

/** The priority of a production rule. A service's rule never has the number of a rule that is alone on its listener. */
export function productionPriorityOf({ component, name }: ClaimOwner, args: ProductionArgs): number {
  if (args.priority !== undefined) return args.priority;
  const isAlone = component === "ProductionRule" && !hasConditions(args);
  return isAlone ? DEFAULT_PRODUCTION_PRIORITY : productionRulePriority(name, args);
}

export function productionRuleClaim(owner: ClaimOwner, args: ProductionArgs): ListenerClaim {
  const priorities = [productionPriorityOf(owner, args)];
  return {
    ...owner,
    ...{ kind: "production", priorities, given: args.priority },
    conditions: conditionsOf(args),
  };
}

function conditionsOf({ hosts, paths, headers }: RequestConditionArgs): RequestConditionArgs {
  return { hosts, paths, headers };
}
