import { AwsError } from "../errors";
import type { StoredResource } from "../resource-store";
import type { DataSources } from "../resource-type";
import { tagsOf } from "../tags";
import type { World } from "../world";
import type { ActionArgs, ConditionArgs } from "./elb-actions";
import { ELB_TYPES } from "./elb-names";

const one = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/** An action in the form that the data sources return: nested blocks are lists of at most one item. */
function lookedUpAction(action: ActionArgs, index: number) {
  const { type, targetGroupArn, forward, fixedResponse, redirect } = action;
  const groups = forward?.targetGroups ?? one(targetGroupArn).map((arn) => ({ arn, weight: 1 }));
  const stickiness = forward?.stickiness ?? { enabled: false, duration: 0 };
  return {
    type,
    order: action.order ?? index + 1,
    forwards:
      type === "forward"
        ? [
            {
              targetGroups: groups.map(({ arn, weight }) => ({ arn, weight: weight ?? 1 })),
              stickinesses: [{ enabled: stickiness.enabled ?? false, duration: stickiness.duration }],
            },
          ]
        : [],
    fixedResponses: one(fixedResponse),
    redirects: one(redirect),
    authenticateCognitos: [],
    authenticateOidcs: [],
    jwtValidations: [],
  };
}

function lookedUpCondition({ hostHeader, httpHeader, pathPattern }: ConditionArgs) {
  const values = (condition: { values?: string[] }) => ({ ...condition, regexValues: [] });
  return {
    hostHeaders: one(hostHeader).map(values),
    httpHeaders: one(httpHeader).map(values),
    pathPatterns: one(pathPattern).map(values),
    httpRequestMethods: [],
    queryStrings: [],
    sourceIps: [],
  };
}

function ruleOf({ arn, listenerArn, priority }: Record<string, unknown>, world: World): StoredResource {
  const rules = world.resources.of(ELB_TYPES.rule);
  const found = rules.find(({ id, outs }) =>
    arn === undefined ? outs.listenerArn === listenerArn && outs.priority === priority : id === arn,
  );
  if (!found) throw new AwsError("RuleNotFound", `One or more rules not found: ${arn ?? listenerArn}`);
  return found;
}

function listenerOf({ arn, loadBalancerArn, port }: Record<string, unknown>, world: World): StoredResource {
  const found = world.resources
    .of(ELB_TYPES.listener)
    .find(({ id, outs }) =>
      arn === undefined ? outs.loadBalancerArn === loadBalancerArn && outs.port === port : id === arn,
    );
  if (!found) {
    throw new AwsError("ListenerNotFound", `One or more listeners not found: ${arn ?? loadBalancerArn}`);
  }
  return found;
}

/** Data sources that read the rules and listeners as they are, including changes outside the program. */
export const elbLookups: DataSources = {
  "aws:lb/getListenerRule:getListenerRule": (args, world) => {
    const { id, outs } = ruleOf(args, world);
    return {
      arn: id,
      listenerArn: outs.listenerArn,
      priority: outs.priority,
      region: world.account.region,
      actions: (outs.actions as ActionArgs[]).map(lookedUpAction),
      conditions: (outs.conditions as ConditionArgs[]).map(lookedUpCondition),
      tags: tagsOf(outs),
      transforms: [],
    };
  },
  "aws:lb/getListener:getListener": (args, world) => {
    const { id, outs } = listenerOf(args, world);
    return {
      id,
      arn: id,
      loadBalancerArn: outs.loadBalancerArn,
      port: outs.port,
      protocol: outs.protocol,
      region: world.account.region,
      alpnPolicy: "",
      certificateArn: "",
      sslPolicy: "",
      mutualAuthentications: [],
      defaultActions: (outs.defaultActions as ActionArgs[]).map((action, index) => ({
        ...lookedUpAction(action, index),
        targetGroupArn: action.targetGroupArn ?? "",
      })),
      tags: tagsOf(outs),
    };
  },
  "aws:lb/getLbs:getLbs": ({ tags = {} }, world) => {
    const wanted = Object.entries(tags as Record<string, string>);
    const found = world.resources
      .of(ELB_TYPES.balancer)
      .filter(({ outs }) => wanted.every(([key, value]) => tagsOf(outs)[key] === value));
    const { region } = world.account;
    return { id: region, region, arns: found.map(({ id }) => id), tags };
  },
};
