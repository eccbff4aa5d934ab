import type * as pulumi from "@pulumi/pulumi";
import { COLORS, type Color } from "../fleet/color";
import { type ColorWeights, weightsSpec } from "../fleet/color-weights";
import { SERVICE_NAME } from "../fleet/fleet-args";
import { type ColorTargetGroupArns, targetGroupsSpec } from "../fleet/fleet-color-args";
import { HEALTH_CHECK_PATH } from "../fleet/target-group-args";
import {
  type CheckingFunctionArgs,
  checkingFunctionSpec,
  type NamedCheckArgs,
  namedChecksSpec,
  permissionIssues,
} from "../functions/named-check-args";
import { stepFunctionSpec } from "../functions/step-function-args";
import type { ArgsSpec, ComponentSpec, Format, Requirement } from "../validation/args-spec";
import { duplicateIssue, requirementIssue } from "../validation/find-issues";
import {
  ALARM_NAMES,
  HOST_NAME,
  HTTP_ORIGIN,
  LISTENER_RULE_ARN,
  NOT_EMPTY,
  TARGET_GROUP_ARN,
  TIME,
} from "../validation/formats";
import { isUnknown } from "../validation/unknown";
import { GATE_TIMEOUT } from "./gate-args";
import { headerIssues, serialIssue, targetGroupIssues } from "./gate-check-issues";

/** One tier of the checked color. */
export interface GateTierArgs {
  /** The name of the tier, for messages. */
  tier: string;
  /** The color's target group in this tier, which no other tier has. */
  targetGroupArn: pulumi.Input<string>;
  /**
   * The other color's target group.
   *
   * If more than `minHealthy` targets are healthy there, the checked color needs a number in proportion to its share
   * of the traffic.
   *
   * @default none, only `minHealthy` counts
   */
  otherTargetGroupArn?: pulumi.Input<string>;
  /**
   * The URL of the tier's load balancer, with `http:` or `https:` and without a path.
   *
   * Use a host name that already resolves to the load balancer, such as its DNS name from AWS. The users' domain name
   * may resolve to it only later.
   */
  url: pulumi.Input<string>;
  /**
   * The host name of the gate's requests, if rules of the listener have conditions on hosts: their `Host` header, and the
   * name in the certificate.
   *
   * @default the host name in `url`
   */
  host?: pulumi.Input<string>;
  /**
   * The host name in the load balancer's certificate.
   *
   * @default `host`, else the host name in `url`
   */
  serverName?: pulumi.Input<string>;
  /**
   * The path of the version report: JSON with `instance`, `color` and `version`, and optionally `service`.
   *
   * @default `/version`
   */
  versionPath?: string;
  /**
   * The name of the service, as in the `BlueGreenFleet`, so `headers` must have it too. A report that names another service
   * fails the check.
   *
   * @default none, the service in reports is ignored
   */
  service?: string;
  /**
   * Counts a report only if its `instance` is the id of an EC2 instance in the target group, so that answers of other
   * services on the listener do not count.
   *
   * Set it to false for instances that report another name, such as a host name. Reports with different names then count as
   * different instances and, if `service` is given, each must name it.
   *
   * @default true
   */
  matchInstances?: boolean;
  /** The headers of the color's test rule: the output `colorHeaders` of the fleet, for this color. */
  headers: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** The minimum of healthy targets of the color in this tier, 1-1000. */
  minHealthy: number;
  /**
   * The color's Auto Scaling group in this tier. The gate raises its desired capacity to the needed number of
   * targets before it waits, and never lowers it.
   *
   * The group must have the tag `changeover:stack` with the value `<project>/<stack>`, by which the gate's IAM policy
   * allows the change. A `FleetColor` has it.
   *
   * @default none, the gate only waits
   */
  autoScalingGroupName?: pulumi.Input<string>;
  /**
   * Maximum number of instances of the color in this tier, 1-1000. The gate never requires more targets.
   *
   * @default none
   */
  maxInstances?: number;
  /**
   * The path of the deep health check, which every instance must answer with 200 through the color's test rule.
   * Unlike the health check of the load balancer, it may depend on the database and the next tier.
   *
   * @default none
   */
  readinessPath?: string;
}

/** The Lambda of a gate check and its timeout. `Gate` has outputs of the same names. */
export interface GateFunctionArgs extends CheckingFunctionArgs {
  /** The maximum duration of the gate check in seconds, 10-840. */
  timeoutSeconds: pulumi.Input<number>;
}

/** The production rule, before and after the shift for which a color is checked. */
export interface GateProductionArgs {
  /** The production rule: the output `arn` of a `ProductionRule`, from the update before. */
  ruleArn: pulumi.Input<string>;
  /** The target group of each color, in the tier that has the production rule. */
  targetGroupArns: ColorTargetGroupArns;
  /** The number of the last shift before this update, 0-1000000000, and at most `serial`. */
  serialBefore: number;
  /** The shares of the traffic before this update, in percent. */
  weightsBefore: ColorWeights;
  /** The number of this shift, 0-1000000000. */
  serial: number;
  /** The shares of the traffic after this shift, in percent. */
  weights: ColorWeights;
}

export interface GateCheckArgs {
  /** The `Gate`, or its outputs. */
  gate: GateFunctionArgs;
  /** The color that is about to receive traffic. */
  color: Color;
  /** The version that every target of the color must report. */
  version: string;
  /**
   * The share of the traffic that the color must be able to serve, in percent, 0-100.
   *
   * A change runs the check again.
   *
   * @default 100
   */
  sharePercent?: number;
  /**
   * The share of the traffic that the other color receives now, in percent, 1-100.
   *
   * The gate derives the needed number of targets from this share and the other color's healthy targets. A change
   * runs the check again.
   *
   * @default 100
   */
  otherSharePercent?: number;
  /**
   * Additional values; a change of one runs the check again.
   *
   * A passed check is not repeated as long as its args are the same, not even after a failed update. Give a new value
   * for each traffic shift.
   *
   * @default none
   */
  triggers?: Record<string, pulumi.Input<string>>;
  /**
   * True if the check passed in an earlier update: it does not run again, whatever else changes. Set it in every
   * update that does not shift traffic to the color.
   *
   * @default false
   */
  done?: boolean;
  /**
   * The names of CloudWatch alarms. The check fails if one of them stays in ALARM or does not exist; in a rollback
   * they are only reported.
   *
   * @default none
   */
  alarms?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Checks of the team's own, with the stage `PRE_PRODUCTION_TRAFFIC_SHIFT`. They run after all other checks have
   * passed, and not in a rollback.
   *
   * @default none
   */
  checks?: NamedCheckArgs[];
  /**
   * The time in ISO 8601 until which the color served traffic with this version, or `now` if it still does.
   *
   * For `rollbackWindowMinutes` after it, a check is a rollback check: the color needs enough healthy targets, not
   * all, and one failed request does not count.
   *
   * @default none
   */
  servedUntil?: pulumi.Input<string>;
  /**
   * The time in minutes after `servedUntil` in which a return to the color is a rollback, 0-43200.
   *
   * @default 1440
   */
  rollbackWindowMinutes?: number;
  /** One or more tiers, including every tier that serves traffic. */
  tiers: GateTierArgs[];
  /**
   * The production rule. The check fails if another writer shifts the traffic during the update, so that the update
   * does not undo that shift.
   *
   * @default none, the rule is not read
   */
  production?: GateProductionArgs;
  /**
   * True if a `WatchStep` with the output `result` as `gateResult` follows. It needs `production`.
   *
   * The gate raises the minimum of the color's groups to the needed capacity, so that autoscaling does not remove instances
   * that have no traffic yet. The watch restores the minimum when the shift has baked; without a watch, the gate does so
   * when its check ends.
   *
   * @default false
   */
  watched?: boolean;
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-field-names */
const HEADER_NAME: Format = {
  pattern: /^[!#$%&'*+.^_`|~0-9a-z-]+$/i,
  allowed: "the name of a header, without spaces and colons",
};

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-field-values */
const HEADER_VALUE: Format = {
  pattern: /^[\t -~\x80-\xff]*$/,
  allowed: "a value of a header, without line breaks and other control characters",
};

export const gateTierSpec = {
  tier: { kind: "string", format: NOT_EMPTY, required: true },
  targetGroupArn: { kind: "string", format: TARGET_GROUP_ARN, required: true, input: true },
  otherTargetGroupArn: {
    kind: "string",
    format: TARGET_GROUP_ARN,
    whenOmitted: "none, only `minHealthy` counts",
    input: true,
  },
  url: { kind: "string", complete: true, format: HTTP_ORIGIN, required: true, input: true },
  host: {
    kind: "string",
    complete: true,
    format: HOST_NAME,
    whenOmitted: "the host name in `url`",
    input: true,
  },
  serverName: {
    kind: "string",
    complete: true,
    format: HOST_NAME,
    whenOmitted: "`host`, else the host name in `url`",
    input: true,
  },
  versionPath: { kind: "string", format: HEALTH_CHECK_PATH, default: "/version" },
  service: { kind: "string", format: SERVICE_NAME, whenOmitted: "none, the service in reports is ignored" },
  matchInstances: { kind: "boolean", default: true },
  headers: {
    kind: "map",
    keys: HEADER_NAME,
    items: { kind: "string", format: HEADER_VALUE, secret: true, input: true },
    required: true,
    input: true,
  },
  minHealthy: { kind: "integer", min: 1, max: 1000, required: true },
  autoScalingGroupName: {
    kind: "string",
    format: NOT_EMPTY,
    whenOmitted: "none, the gate only waits",
    input: true,
  },
  maxInstances: { kind: "integer", min: 1, max: 1000, whenOmitted: "none" },
  readinessPath: { kind: "string", format: HEALTH_CHECK_PATH, whenOmitted: "none" },
} as const satisfies ArgsSpec<GateTierArgs>;

const SERIAL = { kind: "integer", min: 0, max: 1_000_000_000, required: true } as const;

const productionSpec = {
  ruleArn: { kind: "string", format: LISTENER_RULE_ARN, required: true, input: true },
  targetGroupArns: targetGroupsSpec,
  serialBefore: SERIAL,
  weightsBefore: weightsSpec,
  serial: SERIAL,
  weights: weightsSpec,
} as const satisfies ArgsSpec<GateProductionArgs>;

const TIME_OR_NOW: Requirement<string> = {
  holds: (text) => text === "now" || TIME.holds(text),
  allowed: `${TIME.allowed}, or now`,
};

export const gateCheckSpec = {
  args: {
    gate: {
      kind: "object",
      component: "Gate",
      args: {
        ...stepFunctionSpec("gate"),
        ...checkingFunctionSpec,
        timeoutSeconds: { ...GATE_TIMEOUT, required: true, input: true },
      },
      required: true,
    },
    color: { kind: "enum", values: COLORS, required: true },
    version: { kind: "string", complete: true, format: NOT_EMPTY, required: true },
    sharePercent: { kind: "integer", min: 0, max: 100, default: 100 },
    otherSharePercent: { kind: "integer", min: 1, max: 100, default: 100 },
    triggers: { kind: "map", items: { kind: "string", input: true }, whenOmitted: "none" },
    done: { kind: "boolean", default: false },
    alarms: ALARM_NAMES,
    checks: namedChecksSpec,
    servedUntil: { kind: "string", format: TIME_OR_NOW, whenOmitted: "none", input: true },
    rollbackWindowMinutes: { kind: "integer", min: 0, max: 43_200, default: 1440 },
    tiers: {
      kind: "list",
      items: { kind: "object", args: gateTierSpec },
      requirement: {
        allowed: "one or more tiers, including every tier that serves traffic",
        holds: (tiers) => tiers.length > 0,
      },
      check: (tiers, key) => [
        duplicateIssue(
          key,
          tiers.map(({ tier }) => tier),
        ),
        ...tiers.map(({ minHealthy, maxInstances = minHealthy }, index) =>
          requirementIssue(`${key}[${index}].maxInstances`, maxInstances, {
            allowed: `${minHealthy} (minHealthy) or more`,
            holds: (max: number) => max >= minHealthy,
          }),
        ),
      ],
      required: true,
    },
    production: { kind: "object", args: productionSpec, whenOmitted: "none, the rule is not read" },
    watched: { kind: "boolean", default: false },
  },
  checks: [
    { reads: ["gate", "checks"], check: ({ gate, checks }) => permissionIssues(checks, gate, "Gate") },
    {
      reads: ["color", "tiers"],
      check: ({ color, tiers }) =>
        tiers.flatMap(({ headers, service }, index) =>
          isUnknown(headers)
            ? []
            : headerIssues(`tiers[${index}].headers`, headers as KnownHeaders, color, service),
        ),
    },
    { reads: ["color", "tiers", "production"], check: (args) => targetGroupIssues(args) },
    {
      reads: ["production"],
      check: ({ production }) => [production && serialIssue(production)],
    },
  ],
} as const satisfies ComponentSpec<GateCheckArgs>;

type KnownHeaders = Readonly<Record<string, unknown>>;
