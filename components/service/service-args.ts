import type * as pulumi from "@pulumi/pulumi";
import { type AlarmLimitArgs, alarmLimitsSpec } from "../alarms/alarm-limit-args";
import { COLORS, type Color, otherColor } from "../fleet/color";
import { fleetChecks } from "../fleet/fleet-args";
import { fleetColorSpec } from "../fleet/fleet-color-args";
import { type FleetConnectionArgs, fleetConnectionSpec } from "../fleet/fleet-connection-args";
import {
  type InstanceAccessArgs,
  instanceAccessIssues,
  instanceAccessSpec,
} from "../fleet/instance-access-args";
import { type InstanceArgs, instanceChecks, instanceSpec } from "../fleet/instance-args";
import {
  HEALTH_CHECK_PATH,
  ProtocolVersion,
  type TargetGroupArgs,
  targetGroupSpec,
} from "../fleet/target-group-args";
import { userDataIssue } from "../fleet/user-data-format";
import { type NamedCheckArgs, namedChecksSpec, permissionIssues } from "../functions/named-check-args";
import { notifyingFunctionSpec } from "../functions/notifying-function-args";
import { type VpcFunctionArgs, vpcFunctionSpec } from "../functions/step-function-args";
import { type GateFunctionArgs, gateCheckSpec } from "../gate/gate-check-args";
import { productionRuleSpec } from "../load-balancer/production-rule-args";
import {
  conditionLimitIssue,
  type RequestConditionArgs,
  requestConditionsSpec,
} from "../load-balancer/request-conditions";
import { type CallArgs, callsSpec } from "../network/call-args";
import { tagsSpec } from "../tags/tagged-args";
import type { ArgsSpec, ComponentSpec, Format } from "../validation/args-spec";
import { isObject, omittedIssue } from "../validation/find-issues";
import { ALARM_NAMES, HOST_NAME } from "../validation/formats";
import { logRetentionCheck } from "../validation/log-retention";
import { FLEET_NAME } from "../validation/names";
import { placeIssue, regionIssues, regionOf } from "../validation/region";
import { isUnknown } from "../validation/unknown";
import type { WithDefaults } from "../validation/validate-args";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";
import { MAX_VERSION_LENGTH } from "./release-tag";

/** The version of each color. A color without a version has no instances. */
export interface ColorVersionsArgs {
  /**
   * The version of blue, such as `1.4.0`; up to 40 letters, digits and `. + - _`.
   *
   * @default none, blue has no instances
   */
  blue?: string;
  /**
   * The version of green, such as `1.5.0`; up to 40 letters, digits and `. + - _`.
   *
   * @default none, green has no instances
   */
  green?: string;
}

/**
 * An arg whose change would replace instances, such as the image, applies to the next version: the instances of a version
 * stay as they were deployed.
 */
export interface BlueGreenServiceArgs
  extends VpcFunctionArgs,
    RequestConditionArgs,
    FleetConnectionArgs,
    TargetGroupArgs,
    InstanceAccessArgs,
    InstanceArgs,
    AlarmLimitArgs {
  /** The color that receives the traffic. A change is a flip. */
  live: Color;
  /**
   * The version of each color. A new version is deployed to the color without traffic; `1.5.0+2` is another deployment of
   * 1.5.0.
   */
  versions: ColorVersionsArgs;
  /**
   * The share of the traffic of the color that is not live, in percent, 0-99.
   *
   * @default 0
   */
  canaryPercent?: number;
  /** The VPC of the instances, and of the functions of gate and watch. */
  vpcId: pulumi.Input<string>;
  /** 1-16 private subnets of the instances and the functions, with a route to the AWS APIs. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The ARN of the policy that limits the permissions of the instances' role, and of the roles of the functions.
   *
   * @default none
   */
  permissionsBoundaryArn?: pulumi.Input<string>;
  /**
   * The URL of the load balancer, with a name that already resolves, such as its DNS name from AWS. The gate sends its
   * requests there.
   */
  url: pulumi.Input<string>;
  /**
   * The host name of the gate's requests: their `Host` header, and the name in the certificate.
   *
   * @default the first of `hosts` without a wildcard, else the host name in `url`
   */
  host?: pulumi.Input<string>;
  /**
   * The user data of the instances as text. `__SERVICE__`, `__COLOR__` and `__VERSION__` are replaced by the name of the
   * service, and by the color and the version of the instances.
   *
   * An instance keeps the user data with which its version was deployed: a change applies to the next version.
   */
  userData: pulumi.Input<string>;
  /**
   * The path of the deep health check, which the gate requests from every instance.
   *
   * @default none
   */
  readinessPath?: string;
  /**
   * The path of the version report: JSON with `color`, `version` and `instance`, the id of the EC2 instance.
   *
   * @default `/version`
   */
  versionPath?: string;
  /**
   * Counts a version report only if its `instance` is the id of an EC2 instance in the target group, as in `GateCheck`.
   *
   * @default true
   */
  matchInstances?: boolean;
  /**
   * An internal load balancer, so that its security group admits the gate.
   *
   * @default none, the gate connects from the addresses of the NAT gateways
   */
  gateCalls?: CallArgs[];
  /**
   * A `Gate` that services share, or its outputs. Its `calls` and `checkFunctionNames` then admit the requests of the gate,
   * and `gateCalls` is rejected.
   *
   * @default a gate of the service's own
   */
  gate?: GateFunctionArgs;
  /**
   * Scales a color without traffic in to 0 instances, once the traffic has shifted. A rollback then takes as long as a
   * deployment.
   *
   * @default false
   */
  retireIdle?: boolean;
  /**
   * Minutes for which each shift is watched, 0-240. On an alarm or a failed check the traffic is shifted back, and the update
   * fails. 0 turns the watch off.
   *
   * @default 10
   */
  bakeMinutes?: number;
  /**
   * The names of further CloudWatch alarms that shift the traffic back, beside those of the service.
   *
   * @default none
   */
  alarms?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Checks of the team's own, before each shift and during the watch.
   *
   * @default none
   */
  checks?: NamedCheckArgs[];
  /**
   * The ARNs of the SNS topics for alarms, and for the results of gate and watch.
   *
   * @default none
   */
  topicArns?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Seconds for which a user stays with the color of the first response while both receive traffic, 1-604800.
   *
   * @default 300
   */
  stickySeconds?: number;
  /**
   * The time in minutes in which a return to the color that served before is a rollback, whose gate check is quick, 0-43200.
   *
   * @default 1440
   */
  rollbackWindowMinutes?: number;
  /**
   * The number of traffic shifts so far, 0-1000000000: a shift is rejected if the production rule has another number. It also confirms a
   * shift after the traffic was shifted by another writer, such as the watch.
   *
   * @default none, such a shift is rejected
   */
  expectedSerial?: number;
  /**
   * The person or the job that shifts the traffic, for the tags of the production rule. It applies to the next shift.
   *
   * @default none
   */
  actor?: string;
  /**
   * The reason of the shift, for the tags of the production rule. It applies to the next shift.
   *
   * @default none
   */
  reason?: string;
  /**
   * The priority of the production rule, 1-50000, as in `ProductionRule`.
   *
   * @default a number from 20000 to 49999 that follows from the name
   */
  priority?: number;
}

const VERSION: Format = {
  pattern: new RegExp(`^[\\w.+-]{1,${MAX_VERSION_LENGTH}}$`),
  allowed: `a version such as 1.4.0, of 1 to ${MAX_VERSION_LENGTH} letters, digits and . + - _`,
};

const versionsSpec = {
  blue: { kind: "string", complete: true, format: VERSION, whenOmitted: "none, blue has no instances" },
  green: { kind: "string", complete: true, format: VERSION, whenOmitted: "none, green has no instances" },
} as const satisfies ArgsSpec<ColorVersionsArgs>;

const ADDED_TAGS = [
  ...["Name", "changeover:color", "changeover:version", "changeover:stack", "changeover:service"],
  ...["changeover:release", "changeover:serial", "changeover:kind", "changeover:actor", "changeover:reason"],
];

export const serviceSpec = {
  // The function of the watch has the longest name.
  name: { ...FLEET_NAME, suffix: "-watch" },
  args: {
    live: { kind: "enum", values: COLORS, required: true },
    versions: { kind: "object", args: versionsSpec, required: true },
    canaryPercent: { kind: "integer", min: 0, max: 99, default: 0 },
    ...vpcFunctionSpec,
    ...fleetConnectionSpec,
    ...targetGroupSpec,
    ...instanceAccessSpec,
    userData: fleetColorSpec.args.userData,
    ...instanceSpec,
    ...alarmLimitsSpec,
    url: gateCheckSpec.args.tiers.items.args.url,
    host: {
      kind: "string",
      complete: true,
      format: HOST_NAME,
      whenOmitted: "the first of `hosts` without a wildcard, else the host name in `url`",
      input: true,
    },
    readinessPath: { kind: "string", format: HEALTH_CHECK_PATH, whenOmitted: "none" },
    versionPath: { kind: "string", format: HEALTH_CHECK_PATH, default: "/version" },
    matchInstances: { kind: "boolean", default: true },
    gateCalls: {
      ...callsSpec,
      whenOmitted: "none, the gate connects from the addresses of the NAT gateways",
    },
    gate: {
      kind: "object",
      component: "Gate",
      args: gateCheckSpec.args.gate.args,
      whenOmitted: "a gate of the service's own",
    },
    retireIdle: { kind: "boolean", default: false },
    bakeMinutes: { kind: "number", min: 0, max: 240, default: 10 },
    alarms: ALARM_NAMES,
    checks: namedChecksSpec,
    topicArns: notifyingFunctionSpec.topicArns,
    stickySeconds: productionRuleSpec.args.stickySeconds,
    rollbackWindowMinutes: gateCheckSpec.args.rollbackWindowMinutes,
    expectedSerial: {
      kind: "integer",
      min: 0,
      max: 1_000_000_000,
      whenOmitted: "none, such a shift is rejected",
    },
    actor: { kind: "string", whenOmitted: "none" },
    reason: { kind: "string", whenOmitted: "none" },
    ...requestConditionsSpec,
    priority: {
      kind: "integer",
      min: 1,
      max: 50_000,
      whenOmitted: "a number from 20000 to 49999 that follows from the name",
    },
    tags: tagsSpec(ADDED_TAGS),
  },
  checks: [
    ...instanceChecks,
    {
      reads: ["userData", "imageId", "versions"],
      check: ({ userData, imageId, versions }, name) => {
        if (typeof userData !== "string" || isUnknown(userData)) return [];
        const issues = COLORS.filter((color) => versions[color] !== undefined).map((color) =>
          userDataIssue(userDataOf(userData, name, color, versions), imageId !== undefined),
        );
        return [issues.find((issue) => issue !== undefined)];
      },
    },
    ...fleetChecks,
    {
      reads: Object.keys(instanceAccessSpec) as (keyof InstanceAccessArgs)[],
      // With your own instance profile, the boundary still applies to the functions.
      check: (args) => instanceAccessIssues({ ...args, permissionsBoundaryArn: undefined }),
    },
    logRetentionCheck,
    {
      reads: ["listenerArn", "diskKmsKeyArn"],
      check: ({ listenerArn, diskKmsKeyArn }) => [
        placeIssue("diskKmsKeyArn", diskKmsKeyArn, listenerArn, { isOwn: false }),
      ],
    },
    {
      reads: ["listenerArn", "topicArns"],
      check: ({ listenerArn, topicArns }) => regionIssues("topicArns", topicArns, regionOf(listenerArn)),
    },
    {
      reads: ["gate", "gateCalls", "checks"],
      check: ({ gate, gateCalls, checks }) =>
        gate === undefined
          ? []
          : [
              omittedIssue(
                "gateCalls",
                gateCalls && new ValueDescription("a list"),
                "with gate, whose calls are those of the Gate",
              ),
              ...permissionIssues(checks, gate, "Gate"),
            ],
    },
    { reads: ["protocolVersion", "url"], check: (args) => [protocolIssue(args)] },
    { reads: ["hosts", "paths", "headers"], check: (args) => [conditionLimitIssue(args)] },
    {
      // An invalid version of one color does not hide a missing one of the other.
      reads: ["live", "canaryPercent", "retireIdle"],
      check: (args) => releaseIssues(args),
    },
  ],
} as const satisfies ComponentSpec<BlueGreenServiceArgs>;

export type ServiceSettings = WithDefaults<BlueGreenServiceArgs, typeof serviceSpec>;

/** The user data of the instances of a color. */
export function userDataOf(
  userData: string,
  service: string,
  color: Color,
  versions: ColorVersionsArgs,
): string {
  return userData
    .replaceAll("__SERVICE__", service)
    .replaceAll("__COLOR__", color)
    .replaceAll("__VERSION__", versions[color] ?? "");
}

/** The gate sends plain requests, over HTTPS in HTTP/2. */
function protocolIssue({ protocolVersion, url }: BlueGreenServiceArgs): ValidationIssue | undefined {
  if (protocolVersion === ProtocolVersion.Grpc) {
    return {
      key: "protocolVersion",
      allowed: "HTTP1 or HTTP2, because the gate cannot check gRPC",
      got: protocolVersion,
      remedy: "For gRPC, use BlueGreenFleet, FleetColor and ProductionRule, with a check of your own.",
    };
  }
  if (protocolVersion !== ProtocolVersion.Http2 || isUnknown(url) || !/^http:/i.test(String(url)))
    return undefined;
  return {
    key: "url",
    allowed: "a URL with https:, because a load balancer accepts HTTP/2 only over TLS",
    got: url,
    remedy: "Give the URL of an HTTPS listener, or leave out protocolVersion.",
  };
}

function releaseIssues({
  live,
  versions,
  canaryPercent = 0,
  retireIdle = false,
}: BlueGreenServiceArgs): ValidationIssue[] {
  const other = otherColor(live);
  const issues: ValidationIssue[] = [];
  if (!isObject(versions)) return issues;
  if (versions[live] === undefined) {
    issues.push({
      key: `versions.${live}`,
      allowed: `a version such as 1.4.0, because ${live} is live`,
      got: undefined,
      remedy: `Give it, or make ${other} live.`,
    });
  }
  if (canaryPercent > 0 && versions[other] === undefined) {
    issues.push({
      key: "canaryPercent",
      allowed: `0 while ${other} has no version`,
      got: canaryPercent,
      remedy: `Deploy a version to ${other} first.`,
    });
  }
  if (canaryPercent > 0 && retireIdle) {
    issues.push({
      key: "retireIdle",
      allowed: "false while canaryPercent is above 0",
      got: retireIdle,
      remedy: "Set it to false, or canaryPercent to 0.",
    });
  }
  return issues;
}
