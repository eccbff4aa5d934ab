import * as pulumi from "@pulumi/pulumi";
import type { Color } from "../fleet/color";
import { checkStepFunction, type StepFunctionArgs } from "../functions/lambda-function";
import { runStep } from "../functions/step";
import {
  check,
  checkWhole,
  InvalidArgumentError,
  otherThan,
  type Rule,
} from "../validation/invalid-argument";
import { DOMAIN_NAME, NOT_EMPTY, TARGET_GROUP_ARN } from "../validation/rules";
import { checkShape } from "../validation/shape";
import { GATE_TIMEOUT_SECONDS, POLL_SECONDS } from "./gate";

/** One tier of a color, as the gate sees it. */
export interface GateTierArgs {
  /** The tier's name, for messages. */
  tier: string;
  /** The color's target group in this tier. */
  targetGroupArn: pulumi.Input<string>;
  /**
   * The other color's target group: when more than `minHealthy` are healthy there, this color needs as many for its share
   * of the users.
   * Default: none, `minHealthy` alone counts.
   */
  otherTargetGroupArn?: pulumi.Input<string>;
  /** The load balancer in front of the tier, by a name that leads there before users' DNS does: http: or https:. */
  url: pulumi.Input<string>;
  /** The name in the load balancer's certificate, where `url` has another one. Default: the one in `url`. */
  serverName?: pulumi.Input<string>;
  /** The headers of the color's own rule. */
  headers: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** The fewest healthy servers the color needs in this tier, 1-1000. */
  minHealthy: number;
}

/** The function that looks, and for how long. `Gate` has all of it as outputs. */
export interface GateFunctionArgs extends StepFunctionArgs {
  /** The longest that one check may wait, in seconds, 10-840. */
  timeoutSeconds: pulumi.Input<number>;
}

export interface GateCheckArgs {
  /** Which function runs: a `Gate`, or its outputs. */
  gate: GateFunctionArgs;
  /** The color that is to get users. */
  color: Color;
  /** The version that every server of the color must answer with. */
  version: string;
  /**
   * The share of the users that it must be able to carry, in percent, 0-100. A change runs the check again.
   * Default: 100.
   */
  sharePercent?: number;
  /**
   * The share of the users that the other color has now, in percent, 1-100: what its servers beyond `minHealthy` are
   * needed for. A change runs the check again. Default: 100.
   */
  otherSharePercent?: number;
  /**
   * Values of your own; when one changes, the check runs again. A check that passed is not repeated as long as nothing
   * changes, not even when the update failed after it: give it something new whenever users are to move. Default: none.
   */
  triggers?: Record<string, pulumi.Input<string>>;
  /** Every tier that users pass. */
  tiers: GateTierArgs[];
}

/**
 * One look at a color before it gets users: in every tier each registered server is healthy and answers through the
 * color's own rule with the expected version, and there are enough of them. Otherwise the update stops here and the
 * other color keeps every user; the next `pulumi up` looks again.
 *
 * ```ts
 * new GateCheck("live", { gate, color: "green", version: "1.1.0", tiers });
 * ```
 * @throws InvalidArgumentError for an arg out of its range, and when there is no tier to look at.
 */
export class GateCheck extends pulumi.ComponentResource {
  constructor(name: string, args: GateCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    checkGateCheck(name, args);
    const { gate, color, version, sharePercent, otherSharePercent, tiers, triggers } = args;
    // What is checked stands in the invocation alone, so that a switch shows that and not its wrapper too.
    super("changeover:index:GateCheck", name, {}, opts);
    const input = pulumi.jsonStringify({
      color,
      version,
      sharePercent: sharePercent ?? 100,
      otherSharePercent,
      tiers,
      timeoutSeconds: gate.timeoutSeconds,
      pollSeconds: POLL_SECONDS,
    });
    const { result } = runStep(this, name, gate, input, { ...triggers, color, version }, opts?.dependsOn);
    this.registerOutputs({ result });
  }
}

/** What the function would refuse in the middle of a release. */
function checkGateCheck(name: string, args: GateCheckArgs): void {
  const what = (key: string) => `GateCheck "${name}": ${key}`;
  checkShape("GateCheck", name, args);
  const { gate, tiers, version, sharePercent, otherSharePercent } = args;
  check(what("version"), version, NOT_EMPTY);
  checkWhole(what("sharePercent"), sharePercent, 0, 100);
  checkWhole(what("otherSharePercent"), otherSharePercent, 1, 100);
  if (tiers.length === 0) {
    const allowed = "every tier that users pass, one or more";
    throw new InvalidArgumentError({ what: what("tiers"), got: tiers, allowed });
  }
  checkStepFunction(what("gate"), gate);
  check(what("gate.timeoutSeconds"), gate.timeoutSeconds, GATE_TIMEOUT_SECONDS);
  for (const each of tiers) checkTier(what, each);
}

function checkTier(what: (key: string) => string, args: GateTierArgs): void {
  const { tier, targetGroupArn, otherTargetGroupArn, url, serverName, minHealthy } = args;
  const of = (key: string) => what(`${key} of ${tier}`);
  check(what("tier"), tier, NOT_EMPTY);
  check(of("serverName"), serverName, DOMAIN_NAME);
  checkWhole(of("minHealthy"), minHealthy, 1, 1000);
  check(of("targetGroupArn"), targetGroupArn, TARGET_GROUP_ARN);
  check(of("otherTargetGroupArn"), otherTargetGroupArn, TARGET_GROUP_ARN);
  const another = otherThan(targetGroupArn, "another target group than targetGroupArn");
  check(of("otherTargetGroupArn"), otherTargetGroupArn, another);
  check(of("url"), url, WEB_URL);
}

const WEB_URL: Rule<string> = {
  allowed: "a URL that begins with http:// or https://, such as https://shop.example.com",
  holds: (url) => /^https?:\/\//i.test(url) && URL.canParse(url),
};
