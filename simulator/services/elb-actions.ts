import type * as lb from "@pulumi/aws/lb";
import type { CheckFailure } from "../../engine/deploy/provider";
import { between, failure, invalidInput, oneOf, unsupportedInput } from "../errors";
import type { Action, Condition } from "../load-balancer/types";
import type { Known, Plain } from "../resource-type";
import { knownItems } from "../values";

type RuleArgs = Plain<lb.ListenerRuleArgs>;
export type ActionArgs = RuleArgs["actions"][number];
export type ConditionArgs = RuleArgs["conditions"][number];
type ForwardArgs = NonNullable<ActionArgs["forward"]>;

const LISTENER_PORTS = ["80", "443"];
const MAX_TARGET_GROUPS = 5;
const MAX_WEIGHT = 999;
const MAX_STICKY_SECONDS = 604_800;
const MAX_VALUE_LENGTH = 128;

/** Finds actions of a rule or a listener that AWS would reject or the simulator does not support. */
export function* checkActions(property: string, actions: Known<ActionArgs[]>): Iterable<CheckFailure> {
  if (actions.length !== 1) {
    yield invalidInput(property, "exactly one action in the simulator", actions.length);
  }
  for (const [index, action] of knownItems(actions)) {
    const path = `${property}[${index}]`;
    yield* oneOf(`${path}.type`, action.type, ["forward", "fixed-response", "redirect"]);
    if (action.forward) yield* checkForward(`${path}.forward`, action.forward);
    if (action.type === "forward" && action.forward && action.targetGroupArn !== undefined) {
      yield failure(path, `${path} must have targetGroupArn or forward, got both. Set one of them.`);
    }
    if (action.type === "fixed-response" && !action.fixedResponse) {
      yield failure(path, `${path} must have fixedResponse for type fixed-response.`);
    }
    if (action.type === "redirect" && !action.redirect)
      yield failure(path, `${path} must have redirect for type redirect.`);
  }
}

function* checkForward(path: string, forward: Known<ForwardArgs>): Iterable<CheckFailure> {
  const groups = forward.targetGroups;
  if (groups && (groups.length < 1 || groups.length > MAX_TARGET_GROUPS)) {
    yield invalidInput(`${path}.targetGroups`, `1 to ${MAX_TARGET_GROUPS} target groups`, groups.length);
  }
  for (const [index, group] of knownItems(groups)) {
    yield* between(`${path}.targetGroups[${index}].weight`, group.weight, 0, MAX_WEIGHT);
  }
  yield* between(`${path}.stickiness.duration`, forward.stickiness?.duration, 1, MAX_STICKY_SECONDS);
}

/** Finds conditions of a rule that AWS would reject or the simulator does not support. */
export function* checkConditions(conditions: Known<ConditionArgs[]>): Iterable<CheckFailure> {
  if (conditions.length === 0) yield failure("conditions", "conditions must have at least one item.");
  for (const [index, condition] of knownItems(conditions)) {
    const path = `conditions[${index}]`;
    for (const other of ["httpRequestMethod", "queryStrings", "sourceIp"] as const) {
      if (condition[other] !== undefined) {
        yield unsupportedInput(`${path}.${other}`, "Use pathPattern, hostHeader or httpHeader.");
      }
    }
    for (const kind of ["pathPattern", "hostHeader", "httpHeader"] as const) {
      if (condition[kind]?.regexValues !== undefined) {
        yield unsupportedInput(`${path}.${kind}.regexValues`, "Use values.");
      }
      for (const [, value] of knownItems(condition[kind]?.values)) {
        if (value.length <= MAX_VALUE_LENGTH) continue;
        yield invalidInput(
          `${path}.${kind}.values`,
          `texts of at most ${MAX_VALUE_LENGTH} characters`,
          value.length,
        );
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

/** Converts an action of the SDK to one of the data plane. */
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
    // The listeners of a load balancer share one port in the simulator.
    const toPort = port === undefined || LISTENER_PORTS.includes(port) ? "#{port}" : port;
    const to = `${(protocol ?? "#{protocol}").toLowerCase()}://${host ?? "#{host}"}:${toPort}`;
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
