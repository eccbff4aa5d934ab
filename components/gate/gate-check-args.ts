import type * as pulumi from "@pulumi/pulumi";
import { COLORS, type Color } from "../fleet/color";
import { type StepFunctionArgs, stepFunctionSpec } from "../functions/step-function-args";
import type { ArgsSpec, ComponentSpec, Requirement } from "../validation/args-spec";
import { distinctIssue } from "../validation/find-issues";
import { DOMAIN_NAME, NOT_EMPTY, TARGET_GROUP_ARN } from "../validation/formats";
import { GATE_TIMEOUT } from "./gate-args";

/** One tier of the checked color. */
export interface GateTierArgs {
  /** The name of the tier, for messages. */
  tier: string;
  /** The color's target group in this tier. */
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
   * The URL of the tier's load balancer, with `http:` or `https:`.
   *
   * Use a host name that already resolves to the load balancer, such as its DNS name from AWS. The users' domain name
   * may resolve to it only later.
   */
  url: pulumi.Input<string>;
  /**
   * The host name in the load balancer's certificate.
   *
   * @default the host name in `url`
   */
  serverName?: pulumi.Input<string>;
  /** The headers of the color's test rule. */
  headers: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** The minimum of healthy targets of the color in this tier, 1-1000. */
  minHealthy: number;
}

/** The Lambda of a gate check and its timeout. `Gate` has outputs of the same names. */
export interface GateFunctionArgs extends StepFunctionArgs {
  /** The maximum duration of the gate check in seconds, 10-840. */
  timeoutSeconds: pulumi.Input<number>;
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
  /** One or more tiers, including every tier that serves traffic. */
  tiers: GateTierArgs[];
}

const HTTP_URL: Requirement<string> = {
  allowed: "a URL that begins with http:// or https://, such as https://shop.example.com",
  holds: (url) => /^https?:\/\//i.test(url) && URL.canParse(url),
};

const gateTierSpec = {
  tier: { kind: "string", format: NOT_EMPTY, required: true },
  targetGroupArn: { kind: "string", format: TARGET_GROUP_ARN, required: true, input: true },
  otherTargetGroupArn: {
    kind: "string",
    format: TARGET_GROUP_ARN,
    whenOmitted: "none, only `minHealthy` counts",
    input: true,
  },
  url: { kind: "string", format: HTTP_URL, required: true, input: true },
  serverName: { kind: "string", format: DOMAIN_NAME, whenOmitted: "the host name in `url`", input: true },
  headers: { kind: "map", items: { kind: "string", secret: true, input: true }, required: true, input: true },
  minHealthy: { kind: "integer", min: 1, max: 1000, required: true },
} as const satisfies ArgsSpec<GateTierArgs>;

export const gateCheckSpec = {
  args: {
    gate: {
      kind: "object",
      args: { ...stepFunctionSpec, timeoutSeconds: { ...GATE_TIMEOUT, required: true, input: true } },
      required: true,
    },
    color: { kind: "enum", values: COLORS, required: true },
    version: { kind: "string", format: NOT_EMPTY, required: true },
    sharePercent: { kind: "integer", min: 0, max: 100, default: 100 },
    otherSharePercent: { kind: "integer", min: 1, max: 100, default: 100 },
    triggers: { kind: "map", items: { kind: "string", input: true }, whenOmitted: "none" },
    tiers: {
      kind: "list",
      items: { kind: "object", args: gateTierSpec },
      requirement: {
        allowed: "one or more tiers, including every tier that serves traffic",
        holds: (tiers) => tiers.length > 0,
      },
      check: (tiers, key) =>
        tiers.map(({ targetGroupArn, otherTargetGroupArn }, index) =>
          distinctIssue(
            `${key}[${index}].otherTargetGroupArn`,
            otherTargetGroupArn,
            targetGroupArn,
            "another target group than targetGroupArn",
          ),
        ),
      required: true,
    },
  },
} as const satisfies ComponentSpec<GateCheckArgs>;
