import type { BlueGreenFleetArgs, FleetColorArgs } from "./blueGreenFleet";
import { checkCalls } from "./calls";
import { check, checkName, checkWhole, InvalidArgumentError, type Rule, text } from "./invalid";
import { checkInput } from "./known";
import {
  ARM64_INSTANCE_TYPE,
  IMAGE_ID,
  INSTANCE_TYPE,
  LISTENER_ARN,
  NOT_EMPTY,
  SECURITY_GROUP_ID,
  subnets,
  TAG_VALUE,
  VPC_ID,
} from "./rules";
import { checkShape } from "./shape";
import { checkTags } from "./tags";

/** The args of a fleet, checked. */
export function checkFleet(name: string, args: BlueGreenFleetArgs): BlueGreenFleetArgs {
  const what = (key: string) => `BlueGreenFleet "${name}": ${key}`;
  checkShape("BlueGreenFleet", name, args);
  checkName("BlueGreenFleet", name, { suffix: "-green" });
  checkWhole(what("colorRulePriority"), args.colorRulePriority, 1, 49_999);
  checkWhole(what("port"), args.port, 1, 65_535);
  check(what("healthCheckPath"), args.healthCheckPath, PATH);
  checkWhole(what("healthCheckIntervalSeconds"), args.healthCheckIntervalSeconds, 5, 300);
  checkWhole(what("drainSeconds"), args.drainSeconds, 0, 3600);
  checkWhole(what("minInstances"), args.minInstances, 1, 1000);
  checkWhole(what("maxInstances"), args.maxInstances, 1, 1000);
  checkWhole(what("targetCpuPercent"), args.targetCpuPercent, 10, 90);
  checkWhole(what("capacityTimeoutMinutes"), args.capacityTimeoutMinutes, 1, 60);
  checkWhole(what("diskGib"), args.diskGib, 8, 16_384);
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
  return {
    ...args,
    tier: checkInput(what("tier"), args.tier, TAG_VALUE),
    vpcId: checkInput(what("vpcId"), args.vpcId, VPC_ID),
    subnetIds: checkInput(what("subnetIds"), args.subnetIds, subnets(1)),
    listenerArn: checkInput(what("listenerArn"), args.listenerArn, LISTENER_ARN),
    loadBalancerSecurityGroupId: checkInput(
      what("loadBalancerSecurityGroupId"),
      args.loadBalancerSecurityGroupId,
      SECURITY_GROUP_ID,
    ),
    blue: checkColor(what("blue"), args.blue),
    green: checkColor(what("green"), args.green),
    colorToken: checkInput(what("colorToken"), args.colorToken, TOKEN),
    calls: checkCalls(what("calls"), args.calls),
    instanceType: checkInput(what("instanceType"), args.instanceType, instanceType),
    imageId: checkInput(what("imageId"), args.imageId, IMAGE_ID),
    instancePolicy: checkInput(what("instancePolicy"), args.instancePolicy, POLICY),
    tags: checkTags(what("tags"), args.tags),
  };
}

function checkColor(what: string, color: FleetColorArgs | undefined): FleetColorArgs | undefined {
  if (color === undefined) return undefined;
  check(`${what}.version`, color.version, NOT_EMPTY);
  check(`${what}.version`, color.version, TAG_VALUE);
  return { ...color, userData: checkInput(`${what}.userData`, color.userData, USER_DATA) };
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
const PATH = text(
  /^\/[\x21-\x7e]{0,1023}$/,
  "a path that begins with a slash, of at most 1024 printable characters without spaces",
);

/** In a rule, `*` and `?` stand for any text: a token with them would let everybody in. */
const TOKEN: Rule<string> = {
  ...text(/^[\w.~+/=-]{1,128}$/, "1 to 128 letters, digits and _ . ~ + / = -"),
  isSecret: true,
};

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
const USER_DATA_BYTES = 16_384;
const USER_DATA: Rule<string> = {
  allowed: `a text of at most ${USER_DATA_BYTES} bytes`,
  holds: (value) => Buffer.byteLength(value) <= USER_DATA_BYTES,
  todo: "Let the servers fetch what is longer.",
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
