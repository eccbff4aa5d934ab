import { check, checkWhole, InvalidArgumentError, text } from "../validation/invalid-argument";
import { checkName, FLEET_COLOR } from "../validation/names";
import {
  ARM64_INSTANCE_TYPE,
  IMAGE_ID,
  INSTANCE_PROFILE_ARN,
  INSTANCE_TYPE,
  SECURITY_GROUP_ID,
  subnets,
  TAG_VALUE,
  TARGET_GROUP_ARN,
} from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags } from "../validation/tags";
import { COLORS } from "./color";
import type { FleetArgs, FleetColorArgs } from "./fleet-color-args";
import { MAX_BYTES } from "./user-data";
import { MAX_DRAIN_SECONDS } from "./validate-fleet";

/** Rejects args that AWS would reject in the middle of an update. */
export function checkFleetColor(name: string, args: FleetColorArgs): void {
  const what = (key: string) => `FleetColor "${name}": ${key}`;
  checkShape("FleetColor", name, args);
  checkName("FleetColor", name, FLEET_COLOR);
  checkFleetOutputs(what, args.fleet);
  check(what("version"), args.version, VERSION);
  if (typeof args.userData === "string")
    checkWhole(what("userData, bytes"), Buffer.byteLength(args.userData), 0, MAX_BYTES);
  check(what("subnetIds"), args.subnetIds, subnets(1));
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
  check(what("instanceType"), args.instanceType, instanceType);
  check(what("imageId"), args.imageId, IMAGE_ID);
  checkTags(what("tags"), args.tags, { name: "", tier: args.fleet.tier, color: args.color, version: "" });
}

function checkFleetOutputs(what: (key: string) => string, fleet: FleetArgs): void {
  for (const color of COLORS)
    check(what(`fleet.targetGroupArns.${color}`), fleet.targetGroupArns[color], TARGET_GROUP_ARN);
  check(what("fleet.securityGroupId"), fleet.securityGroupId, SECURITY_GROUP_ID);
  check(what("fleet.instanceProfileArn"), fleet.instanceProfileArn, INSTANCE_PROFILE_ARN);
  check(what("fleet.tier"), fleet.tier, TAG_VALUE);
  checkWhole(what("fleet.drainSeconds"), fleet.drainSeconds, 0, MAX_DRAIN_SECONDS);
}

/** A target group's quota. @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
export const MAX_INSTANCES = 1000;

/** @see https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html */
const MAX_DISK_GIB = 65_536;

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html */
const VERSION = text(/^(?=.*\S).{1,256}$/su, "1 to 256 characters");
