import { BalancerError, invalid, targetGroupNotFound } from "./errors";
import { parseMatcher } from "./health";
import type { Action, Condition, Rule, TargetGroupSpec } from "./types";

const MAX_WEIGHT = 999;
const MAX_GROUPS_PER_ACTION = 5;
const MAX_PRIORITY = 50_000;
const MAX_STICKY_SECONDS = 604_800;
const MAX_VALUES_PER_RULE = 5;
const MAX_IDLE_TIMEOUT_SECONDS = 4000;

/** @throws BalancerError of Elastic Load Balancing for a rule that AWS would reject. */
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
        `Priority ${rule.priority} of rule ${rule.arn} is in use by rule ${other.arn}. Choose another one.`,
      );
    }
  }
  if (rule.conditions.length === 0) {
    throw invalid(`Rule ${rule.arn} must have a condition. Use the default action for all requests.`);
  }
  for (const condition of rule.conditions) validateCondition(rule.arn, condition);
  const values = rule.conditions.reduce((sum, condition) => sum + condition.values.length, 0);
  if (values > MAX_VALUES_PER_RULE) {
    throw invalid(
      `Condition values of rule ${rule.arn} must be at most ${MAX_VALUES_PER_RULE}, got ${values}.`,
    );
  }
  validateAction(`rule ${rule.arn}`, rule.action, groupExists);
}

export function validateAction(subject: string, action: Action, groupExists: (arn: string) => boolean): void {
  if (action.type === "fixed-response") {
    if (!/^[245]\d\d$/.test(String(action.statusCode))) {
      throw invalid(`${subject}: statusCode must be 2XX, 4XX or 5XX, got ${action.statusCode}.`);
    }
    return;
  }
  if (action.type === "redirect") return;
  const { targets, stickySeconds } = action;
  if (targets.length < 1 || targets.length > MAX_GROUPS_PER_ACTION) {
    throw invalid(`${subject}: target groups must be 1 to ${MAX_GROUPS_PER_ACTION}, got ${targets.length}.`);
  }
  const arns = targets.map(({ targetGroupArn }) => targetGroupArn);
  const twice = arns.find((arn, at) => arns.indexOf(arn) !== at);
  if (twice !== undefined)
    throw invalid(`${subject}: target group ${twice} must be listed once, with its weight.`);
  for (const { targetGroupArn, weight } of targets) {
    if (!groupExists(targetGroupArn)) throw targetGroupNotFound(targetGroupArn);
    requireInteger(`${subject}: weight of target group ${targetGroupArn}`, weight, 0, MAX_WEIGHT);
  }
  if (stickySeconds !== undefined)
    requireInteger(`${subject}: stickySeconds`, stickySeconds, 1, MAX_STICKY_SECONDS);
}

export function validateTargetGroup({ arn, deregistrationDelaySeconds, healthCheck }: TargetGroupSpec): void {
  const subject = `target group ${arn}`;
  requireInteger(`${subject}: deregistrationDelaySeconds`, deregistrationDelaySeconds, 0, 3600);
  requireInteger(`${subject}: healthyThreshold`, healthCheck.healthyThreshold, 1, 10);
  requireInteger(`${subject}: unhealthyThreshold`, healthCheck.unhealthyThreshold, 1, 10);
  requirePositive(`${subject}: intervalSeconds`, healthCheck.intervalSeconds);
  requirePositive(`${subject}: timeoutSeconds`, healthCheck.timeoutSeconds);
  if (!/^\/[!-~]*$/.test(healthCheck.path)) {
    throw invalid(
      `${subject}: path must be a text that begins with "/" and has no spaces, got "${healthCheck.path}".`,
    );
  }
  parseMatcher(healthCheck.matcher);
}

export function validateIdleTimeout(seconds: number): void {
  requireInteger("idleTimeoutSeconds", seconds, 1, MAX_IDLE_TIMEOUT_SECONDS);
}

export function requirePositive(key: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw invalid(`${key} must be a number above 0, got ${value}.`);
}

function validateCondition(ruleArn: string, condition: Condition): void {
  if (condition.values.length === 0 || condition.values.includes("")) {
    throw invalid(`Rule ${ruleArn}: values of a ${condition.type} condition must not be empty.`);
  }
  if (condition.type !== "http-header") return;
  if (condition.name.toLowerCase() === "host") {
    throw invalid(
      `Rule ${ruleArn}: the name of an http-header condition must not be Host. Use a host-header condition.`,
    );
  }
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/.test(condition.name)) {
    throw invalid(
      `Rule ${ruleArn}: a header name must be 1 to 40 token characters, got "${condition.name}".`,
    );
  }
}

function requireInteger(key: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(`${key} must be a whole number from ${min} to ${max}, got ${value}.`);
  }
}
