import type * as lb from "@pulumi/aws/lb";
import type { CheckFailure } from "../../engine/deploy/provider";
import { between, failure, oneOf } from "../errors";
import type { Action, Condition } from "../load-balancer/types";
import type { Known, Plain } from "../resource-type";
import { knownItems } from "../values";

type RuleArgs = Plain<lb.ListenerRuleArgs>;
export type ActionArgs = RuleArgs["actions"][number];
export type ConditionArgs = RuleArgs["conditions"][number];
type ForwardArgs = NonNullable<ActionArgs["forward"]>;

const maxTargetGroups = 5;
const maxWeight = 999;
const maxStickySeconds = 604_800;
const maxValueLength = 128;

/** Actions of a rule or a listener that AWS would reject, or that the simulator does not support. */
export function* checkActions(property: string, actions: Known<ActionArgs[]>): Iterable<CheckFailure> {
  if (actions.length !== 1) {
    yield failure(property, `${actions.length} actions; the one-machine load balancer takes exactly one`);
  }
  for (const [index, action] of knownItems(actions)) {
    const path = `${property}[${index}]`;
    yield* oneOf(`${path}.type`, action.type, ["forward", "fixed-response", "redirect"]);
    if (action.forward) yield* checkForward(`${path}.forward`, action.forward);
    if (action.type === "forward" && action.forward && action.targetGroupArn !== undefined) {
      yield failure(path, "both targetGroupArn and forward are set; set one of them");
    }
    if (action.type === "fixed-response" && !action.fixedResponse) {
      yield failure(path, "a fixed-response action needs fixedResponse");
    }
    if (action.type === "redirect" && !action.redirect)
      yield failure(path, "a redirect action needs redirect");
  }
}

function* checkForward(path: string, forward: Known<ForwardArgs>): Iterable<CheckFailure> {
  const groups = forward.targetGroups;
  if (groups && (groups.length < 1 || groups.length > maxTargetGroups)) {
    const text = `${groups.length} target groups in one action; AWS allows 1 to ${maxTargetGroups}`;
    yield failure(`${path}.targetGroups`, text);
  }
  for (const [index, group] of knownItems(groups)) {
    yield* between(`${path}.targetGroups[${index}].weight`, group.weight, 0, maxWeight);
  }
  yield* between(`${path}.stickiness.duration`, forward.stickiness?.duration, 1, maxStickySeconds);
}

/** Conditions of a rule that AWS would reject, or that the simulator does not support. */
export function* checkConditions(conditions: Known<ConditionArgs[]>): Iterable<CheckFailure> {
  if (conditions.length === 0) yield failure("conditions", "a rule needs at least one condition");
  for (const [index, condition] of knownItems(conditions)) {
    const path = `conditions[${index}]`;
    for (const other of ["httpRequestMethod", "queryStrings", "sourceIp"] as const) {
      if (condition[other] !== undefined) {
        const text = `${other} is not evaluated by the one-machine load balancer; use pathPattern, hostHeader, httpHeader`;
        yield failure(path, text);
      }
    }
    for (const kind of ["pathPattern", "hostHeader", "httpHeader"] as const) {
      if (condition[kind]?.regexValues !== undefined) {
        yield failure(
          `${path}.${kind}`,
          "regexValues are not evaluated by the one-machine load balancer; use values",
        );
      }
      for (const [, value] of knownItems(condition[kind]?.values)) {
        if (value.length <= maxValueLength) continue;
        const text = `a value of ${value.length} characters; AWS allows ${maxValueLength}`;
        yield failure(`${path}.${kind}.values`, text);
      }
    }
  }
}

function forward(action: ActionArgs): Action {
  if (!action.forward) {
    return { type: "forward", targets: [{ targetGroupArn: action.targetGroupArn ?? "", weight: 1 }] };
  }
  const { stickiness, targetGroups } = action.forward;
  return {
    type: "forward",
    targets: targetGroups.map(({ arn, weight }) => ({ targetGroupArn: arn, weight: weight ?? 1 })),
    stickySeconds: stickiness?.enabled ? stickiness.duration : undefined,
  };
}

/** Translates an action of the SDK for the data plane. */
export function toAction(action: ActionArgs): Action {
  if (action.fixedResponse) {
    const { statusCode, contentType, messageBody } = action.fixedResponse;
    return {
      type: "fixed-response",
      statusCode: Number(statusCode ?? 200),
      contentType,
      body: messageBody ?? "",
    };
  }
  if (action.redirect) {
    const { host, path, port, protocol, query, statusCode } = action.redirect;
    const to = `${(protocol ?? "#{protocol}").toLowerCase()}://${host ?? "#{host}"}:${port ?? "#{port}"}`;
    const location = `${to}${path ?? "/#{path}"}?${query ?? "#{query}"}`;
    return { type: "redirect", statusCode: statusCode === "HTTP_302" ? 302 : 301, location };
  }
  return forward(action);
}

export function toCondition(condition: ConditionArgs): Condition[] {
  const { pathPattern, hostHeader, httpHeader } = condition;
  const conditions: Condition[] = [];
  if (pathPattern) conditions.push({ type: "path-pattern", values: pathPattern.values ?? [] });
  if (hostHeader) conditions.push({ type: "host-header", values: hostHeader.values ?? [] });
  if (httpHeader) {
    const { httpHeaderName, values } = httpHeader;
    conditions.push({ type: "http-header", name: httpHeaderName, values: values ?? [] });
  }
  return conditions;
}
