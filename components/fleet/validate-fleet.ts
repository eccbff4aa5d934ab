import { Resource } from "@pulumi/pulumi";
import { checkCalls, PORT } from "../network/calls";
import { closest } from "../validation/closest";
import {
  check,
  checkWhole,
  InvalidArgumentError,
  isEventual,
  type Rule,
  text,
  Words,
} from "../validation/invalid-argument";
import { checkName, FLEET } from "../validation/names";
import {
  ARM64_INSTANCE_TYPE,
  IMAGE_ID,
  INSTANCE_TYPE,
  LISTENER_ARN,
  SECURITY_GROUP_ID,
  subnets,
  TAG_VALUE,
  VPC_ID,
} from "../validation/rules";
import { checkShape, unknownKey } from "../validation/shape";
import { checkTags } from "../validation/tags";
import type { BlueGreenFleetArgs, BlueGreenFleetOptions, FleetColorArgs } from "./blue-green-fleet";
import { COLORS } from "./color";
import { MAX_BYTES } from "./user-data";

/** Refuses args of a fleet that AWS would refuse half way through. */
export function checkFleet(name: string, args: BlueGreenFleetArgs): void {
  const what = (key: string) => `BlueGreenFleet "${name}": ${key}`;
  checkShape("BlueGreenFleet", name, args);
  checkName("BlueGreenFleet", name, FLEET);
  checkWhole(what("colorRulePriority"), args.colorRulePriority, 1, 49_999);
  check(what("port"), args.port, PORT);
  check(what("healthCheckPath"), args.healthCheckPath, PATH);
  checkWhole(what("healthCheckIntervalSeconds"), args.healthCheckIntervalSeconds, 5, 300);
  checkWhole(what("drainSeconds"), args.drainSeconds, 0, 3600);
  checkWhole(what("minInstances"), args.minInstances, 1, MAX_INSTANCES);
  checkWhole(what("maxInstances"), args.maxInstances, 1, MAX_INSTANCES);
  checkWhole(what("targetCpuPercent"), args.targetCpuPercent, 1, 100);
  checkWhole(what("startupSeconds"), args.startupSeconds, 1, 1800);
  checkWhole(what("capacityTimeoutMinutes"), args.capacityTimeoutMinutes, 1, 60);
  checkWhole(what("diskGib"), args.diskGib, args.imageId === undefined ? 8 : 1, MAX_DISK_GIB);
  const min = args.minInstances ?? 2;
  if (args.maxInstances !== undefined && args.maxInstances < min) {
    throw new InvalidArgumentError({
      what: what("maxInstances"),
      got: args.maxInstances,
      allowed: `${min} (minInstances) or more`,
      todo: "Raise maxInstances or lower minInstances.",
    });
  }
  const instanceType = args.imageId === undefined ? ARM64_INSTANCE_TYPE : INSTANCE_TYPE;
  check(what("tier"), args.tier, TAG_VALUE);
  check(what("vpcId"), args.vpcId, VPC_ID);
  check(what("subnetIds"), args.subnetIds, subnets(1));
  check(what("listenerArn"), args.listenerArn, LISTENER_ARN);
  check(what("loadBalancerSecurityGroupId"), args.loadBalancerSecurityGroupId, SECURITY_GROUP_ID);
  checkColor(what("blue"), args.blue);
  checkColor(what("green"), args.green);
  check(what("colorToken"), args.colorToken, TOKEN);
  checkCalls(what("calls"), args.calls);
  check(what("instanceType"), args.instanceType, instanceType);
  check(what("imageId"), args.imageId, IMAGE_ID);
  check(what("instancePolicy"), args.instancePolicy, POLICY);
  checkTags(what("tags"), args.tags, { name: "", tier: args.tier, color: "blue", version: "" });
}

/** Refuses options with which servers would not wait: Pulumi leaves out, without a word, one that it does not know. */
export function checkFleetOptions(name: string, opts: BlueGreenFleetOptions): void {
  const own = "capacityDependsOn";
  const what = (key: string) => `BlueGreenFleet "${name}": option ${key}`;
  // Not every other key: Pulumi has options of its own, and a later version more of them.
  const misspelt = Object.keys(opts).find((key) => key !== own && closest(key, [own]) !== undefined);
  if (misspelt !== undefined) {
    const got = new Words(`an option that is not known (did you mean ${own}?)`);
    throw new InvalidArgumentError({
      what: what(misspelt),
      got,
      allowed: `${own}, or an option of Pulumi's`,
    });
  }
  const waits: unknown = opts.capacityDependsOn ?? {};
  if (typeof waits !== "object" || Array.isArray(waits) || waits instanceof Promise) {
    const got = new Words("something that names no color");
    const allowed = "an object with blue, green or both";
    const todo = "Say which color waits for what.";
    throw new InvalidArgumentError({ what: what(own), got, allowed, todo });
  }
  // Of an output Pulumi gives the properties of what it will be.
  if (isEventual(waits)) return;
  for (const [color, waitsFor] of Object.entries(waits as object)) {
    const of = what(`${own}.${color}`);
    if (!COLORS.some((each) => each === color)) throw new InvalidArgumentError(unknownKey(of, color, COLORS));
    if (isDependency(waitsFor)) continue;
    const got = new Words("something that is no resource");
    throw new InvalidArgumentError({ what: of, got, allowed: "a resource, or a list of resources" });
  }
}

/** As Pulumi takes them in `dependsOn`: what is not there is left out, and lists may hold lists. */
function isDependency(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isDependency);
  return !value || isEventual(value) || Resource.isInstance(value);
}

function checkColor(what: string, color: FleetColorArgs | undefined): void {
  if (color === undefined) return;
  const { version, userData } = color;
  check(`${what}.version`, version, VERSION);
  if (typeof userData === "string")
    checkWhole(`${what}.userData, bytes`, Buffer.byteLength(userData), 0, MAX_BYTES);
}

/** A target group's quota. @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
export const MAX_INSTANCES = 1000;

/** @see https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html */
const MAX_DISK_GIB = 65_536;

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html */
const VERSION = text(/^(?=.*\S).{1,256}$/su, "1 to 256 characters");

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
const PATH = text(
  /^\/[\x21-\x7e]{0,1023}$/,
  "a path that begins with a slash, of at most 1024 printable characters without spaces",
);

/** In a rule, `*` and `?` stand for any text, and a backslash takes that from them: a token with them lets others in. */
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
