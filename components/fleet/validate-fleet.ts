import { checkCalls, PORT } from "../network/calls";
import { check, checkWhole, type Rule, text } from "../validation/invalid-argument";
import { checkName, FLEET } from "../validation/names";
import { LISTENER_ARN, SECURITY_GROUP_ID, TAG_VALUE, VPC_ID } from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags } from "../validation/tags";
import type { BlueGreenFleetArgs } from "./fleet-args";

/** Rejects args that AWS would reject in the middle of an update. */
export function checkFleet(name: string, args: BlueGreenFleetArgs): void {
  const what = (key: string) => `BlueGreenFleet "${name}": ${key}`;
  checkShape("BlueGreenFleet", name, args);
  checkName("BlueGreenFleet", name, FLEET);
  checkWhole(what("colorRulePriority"), args.colorRulePriority, 1, 49_999);
  check(what("port"), args.port, PORT);
  check(what("healthCheckPath"), args.healthCheckPath, PATH);
  checkWhole(what("healthCheckIntervalSeconds"), args.healthCheckIntervalSeconds, 5, 300);
  checkWhole(what("drainSeconds"), args.drainSeconds, 0, MAX_DRAIN_SECONDS);
  check(what("tier"), args.tier, TAG_VALUE);
  check(what("vpcId"), args.vpcId, VPC_ID);
  check(what("listenerArn"), args.listenerArn, LISTENER_ARN);
  check(what("loadBalancerSecurityGroupId"), args.loadBalancerSecurityGroupId, SECURITY_GROUP_ID);
  check(what("colorToken"), args.colorToken, TOKEN);
  checkCalls(what("calls"), args.calls);
  check(what("instancePolicy"), args.instancePolicy, POLICY);
  checkTags(what("tags"), args.tags, { name: "", tier: args.tier, color: "blue" });
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html */
export const MAX_DRAIN_SECONDS = 3600;

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
const PATH = text(
  /^\/[\x21-\x7e]{0,1023}$/,
  "a path that begins with a slash, of at most 1024 printable characters without spaces",
);

/** A rule's condition reads `*` and `?` as wildcards, and a backslash as their escape: any token would match. */
const TOKEN: Rule<string> = {
  ...text(
    /^[!#-)+->@-[\]-~]{1,128}$/,
    "1 to 128 printable characters without spaces, double quotes, backslashes, * and ?",
  ),
  isSecret: true,
};

const POLICY: Rule<string> = {
  allowed: 'an IAM policy in JSON, {"Version": …, "Statement": …}',
  holds: hasStatement,
  isSecret: true,
};

function hasStatement(json: string): boolean {
  try {
    const policy: unknown = JSON.parse(json);
    return typeof policy === "object" && policy !== null && "Statement" in policy;
  } catch {
    return false;
  }
}
