import { BalancerError, invalid, targetGroupNotFound } from "./errors";
import { parseMatcher } from "./health";
import type { Action, Condition, Rule, TargetGroupSpec } from "./types";

const MAX_WEIGHT = 999;
const MAX_GROUPS_PER_ACTION = 5;
const MAX_PRIORITY = 50_000;
const MAX_STICKY_SECONDS = 604_800;
const MAX_VALUES_PER_RULE = 5;
const MAX_IDLE_TIMEOUT_SECONDS = 4000;

/** The validation errors of Elastic Load Balancing, with the value given and the allowed values. */
export function validateRule(
  rule: Rule,
  others: Iterable<Rule>,
  groupExists: (arn: string) => boolean,
): void {
  requireInteger(`priority of rule ${rule.arn}`, rule.priority, 1, MAX_PRIORITY);
  for (const other of others) {
    if (other.arn !== rule.arn && other.priority === rule.priority) {
      throw new BalancerError(
        "PriorityInUse",
        `priority ${rule.priority} of rule ${rule.arn} is taken by rule ${other.arn}; give each rule its own`,
      );
    }
  }
  if (rule.conditions.length === 0) {
    throw invalid(`rule ${rule.arn} has no condition; what every request gets is the default action`);
  }
  for (const condition of rule.conditions) validateCondition(rule.arn, condition);
  const values = rule.conditions.reduce((sum, condition) => sum + condition.values.length, 0);
  if (values > MAX_VALUES_PER_RULE) {
    throw invalid(
      `rule ${rule.arn} has ${values} condition values; at most ${MAX_VALUES_PER_RULE} are allowed`,
    );
  }
  validateAction(`rule ${rule.arn}`, rule.action, groupExists);
}

export function validateAction(of: string, action: Action, groupExists: (arn: string) => boolean): void {
  if (action.type === "fixed-response") {
    if (!/^[245]\d\d$/.test(String(action.statusCode))) {
      throw invalid(`${of}: fixed response has status ${action.statusCode}; 2XX, 4XX and 5XX are allowed`);
    }
    return;
  }
  if (action.type === "redirect") return;
  const { targets, stickySeconds } = action;
  if (targets.length < 1 || targets.length > MAX_GROUPS_PER_ACTION) {
    throw invalid(
      `${of} forwards to ${targets.length} target groups; 1-${MAX_GROUPS_PER_ACTION} are allowed`,
    );
  }
  const arns = targets.map(({ targetGroupArn }) => targetGroupArn);
  const twice = arns.find((arn, at) => arns.indexOf(arn) !== at);
  if (twice !== undefined)
    throw invalid(`${of} lists target group ${twice} twice; list it once with its weight`);
  for (const { targetGroupArn, weight } of targets) {
    if (!groupExists(targetGroupArn)) throw targetGroupNotFound(targetGroupArn);
    requireInteger(`${of}: weight of target group ${targetGroupArn}`, weight, 0, MAX_WEIGHT);
  }
  if (stickySeconds !== undefined)
    requireInteger(`${of}: stickySeconds`, stickySeconds, 1, MAX_STICKY_SECONDS);
}

export function validateTargetGroup({ arn, deregistrationDelaySeconds, healthCheck }: TargetGroupSpec): void {
  const of = `target group ${arn}`;
  requireInteger(`${of}: deregistrationDelaySeconds`, deregistrationDelaySeconds, 0, 3600);
  requireInteger(`${of}: healthyThreshold`, healthCheck.healthyThreshold, 1, 10);
  requireInteger(`${of}: unhealthyThreshold`, healthCheck.unhealthyThreshold, 1, 10);
  requirePositive(`${of}: intervalSeconds`, healthCheck.intervalSeconds);
  requirePositive(`${of}: timeoutSeconds`, healthCheck.timeoutSeconds);
  if (!/^\/[!-~]*$/.test(healthCheck.path)) {
    throw invalid(`${of}: health check path is "${healthCheck.path}"; it begins with "/" and has no spaces`);
  }
  parseMatcher(healthCheck.matcher);
}

export function validateIdleTimeout(seconds: number): void {
  requireInteger("idle timeout in seconds", seconds, 1, MAX_IDLE_TIMEOUT_SECONDS);
}

export function requirePositive(what: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw invalid(`${what} is ${value}; it must be above 0`);
}

function validateCondition(ruleArn: string, condition: Condition): void {
  if (condition.values.length === 0 || condition.values.includes("")) {
    throw invalid(`rule ${ruleArn}: a ${condition.type} condition has an empty value; name what to match`);
  }
  if (condition.type !== "http-header") return;
  if (condition.name.toLowerCase() === "host") {
    throw invalid(`rule ${ruleArn}: an http-header condition cannot name Host; use a host-header condition`);
  }
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/.test(condition.name)) {
    throw invalid(
      `rule ${ruleArn}: header name is "${condition.name}"; 1-40 characters of a token are allowed`,
    );
  }
}

function requireInteger(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(`${what} is ${value}; whole numbers ${min}-${max} are allowed`);
  }
}
