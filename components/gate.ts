import * as pulumi from "@pulumi/pulumi";
import { bundledHandler } from "./bundled";
import { type CallArgs, checkCalls } from "./calls";
import type { Color } from "./color";
import { check, checkWhole, InvalidArgumentError, otherThan, type Rule, whole } from "./invalid";
import { checkStepFunction, createStepFunction, type StepFunctionArgs } from "./lambdaFunction";
import { checkName, ofFunction } from "./names";
import { DOMAIN_NAME, FUNCTION_SUBNETS, NOT_EMPTY, TARGET_GROUP_ARN, VPC_ID } from "./rules";
import { checkShape } from "./shape";
import { runStep } from "./step";
import { checkTags } from "./tags";

export interface GateArgs {
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /** Private subnets, 1-16, from which the load balancers and the AWS API can be reached. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Internal load balancers that the gate asks: their security groups are opened for it. Default: none. */
  calls?: CallArgs[];
  /** The longest that one check may wait, in seconds, 10-840; a Lambda ends at 900. Default: 300. */
  timeoutSeconds?: number;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 49. A key has 1-128
   * characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * The function that decides whether a color may get users. `GateCheck` runs it.
 *
 * The provider's own waits cannot decide: an update of an Auto Scaling Group waits for nothing, and a wait that failed is
 * absorbed by the next update.
 *
 * ```ts
 * const gate = new Gate("prod", { vpcId: network.vpcId, subnetIds: network.privateSubnetIds });
 * ```
 * @throws InvalidArgumentError for an arg that AWS would refuse, before anything is declared.
 */
export class Gate extends pulumi.ComponentResource {
  /** The function, for `GateCheck`. */
  public readonly functionName: pulumi.Output<string>;
  /** Its published version. Known when the function may run. */
  public readonly functionVersion: pulumi.Output<string>;
  /** The longest that one check may wait, in seconds. */
  public readonly timeoutSeconds: number;

  constructor(name: string, args: GateArgs, opts?: pulumi.ComponentResourceOptions) {
    checkGate(name, args);
    super("changeover:index:Gate", name, args, opts);
    this.timeoutSeconds = args.timeoutSeconds ?? 300;
    const fn = createStepFunction(this, `${name}-gate`, {
      vpcId: args.vpcId,
      subnetIds: args.subnetIds,
      code: new pulumi.asset.AssetArchive({ "index.js": bundledHandler("gate") }),
      environment: {},
      policyStatements: [
        // The API has no resource-level permission for this read.
        { Effect: "Allow", Action: "elasticloadbalancing:DescribeTargetHealth", Resource: "*" },
      ],
      calls: args.calls ?? [],
      // A check has a limit of its own; this is Lambda's longest, for a drain that takes longer than a look.
      timeoutSeconds: 900,
      tags: args.tags,
    });
    this.functionName = fn.functionName;
    this.functionVersion = fn.functionVersion;
    this.registerOutputs({
      functionName: this.functionName,
      functionVersion: this.functionVersion,
      timeoutSeconds: this.timeoutSeconds,
    });
  }
}

/** How long one check may wait, in seconds: a Lambda ends at 900. */
const TIMEOUT = whole(10, 840);

function checkGate(name: string, args: GateArgs): void {
  const what = (key: string) => `Gate "${name}": ${key}`;
  checkShape("Gate", name, args);
  checkName("Gate", name, ofFunction("-gate"));
  check(what("timeoutSeconds"), args.timeoutSeconds, TIMEOUT);
  check(what("vpcId"), args.vpcId, VPC_ID);
  check(what("subnetIds"), args.subnetIds, FUNCTION_SUBNETS);
  checkCalls(what("calls"), args.calls);
  checkTags(what("tags"), args.tags);
}

/** One tier of a color, as the gate sees it. */
export interface GateTierArgs {
  /** The tier's name, for messages. */
  tier: string;
  /** The color's target group in this tier. */
  targetGroupArn: pulumi.Input<string>;
  /**
   * The other color's target group: a color gets users only with as many healthy servers as its share of those there.
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
  /** Every tier that users pass. */
  tiers: GateTierArgs[];
}

/** Between two looks at the color, in seconds. */
const POLL_SECONDS = 2;

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
    checkCheck(name, args);
    const { gate, color, version, sharePercent, tiers } = args;
    // What is checked stands in the invocation alone, so that a switch shows that and not its wrapper too.
    super("changeover:index:GateCheck", name, {}, opts);
    const input = pulumi.jsonStringify({
      color,
      version,
      sharePercent: sharePercent ?? 100,
      tiers,
      timeoutSeconds: gate.timeoutSeconds,
      pollSeconds: POLL_SECONDS,
    });
    const { result } = runStep(this, name, gate, input, { color, version }, opts?.dependsOn);
    this.registerOutputs({ result });
  }
}

/** What the function would refuse in the middle of a release. */
function checkCheck(name: string, args: GateCheckArgs): void {
  const what = (key: string) => `GateCheck "${name}": ${key}`;
  checkShape("GateCheck", name, args);
  const { gate, tiers, version, sharePercent } = args;
  check(what("version"), version, NOT_EMPTY);
  checkWhole(what("sharePercent"), sharePercent, 0, 100);
  if (tiers.length === 0) {
    const allowed = "every tier that users pass, one or more";
    throw new InvalidArgumentError({ what: what("tiers"), got: tiers, allowed });
  }
  checkStepFunction(what("gate"), gate);
  check(what("gate.timeoutSeconds"), gate.timeoutSeconds, TIMEOUT);
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

/** The function that waits. `Gate` has all of it as outputs. */
export interface DrainFunctionArgs extends StepFunctionArgs {
  /** The limit of the gate's checks, 10-840 seconds. This one has `drainSeconds` instead. Default: none. */
  timeoutSeconds?: pulumi.Input<number>;
}

export interface DrainCheckArgs {
  /** Which function runs: a `Gate`, or its outputs. */
  gate: DrainFunctionArgs;
  /** The color that is retired. */
  color: Color;
  /** The version that it ran: another one later is waited for again. */
  version: string;
  /** The tier's name, for messages. */
  tier: string;
  /** The tier's target group of this color. */
  targetGroupArn: pulumi.Input<string>;
  /** The target group's deregistration delay, in seconds, 0-780: that long the last requests may take. */
  drainSeconds: number;
}

/** Beyond the deregistration delay, for the instances to leave the target group. */
const DRAIN_MARGIN_SECONDS = 60;

/**
 * Waits until a retired tier has done its last request, so that the tier behind it can go: while a web server finishes an
 * upload, it still needs its application servers. Auto Scaling itself does not wait for that when it shrinks a group.
 *
 * ```ts
 * new DrainCheck("drained", { gate, color: "blue", version: "1.0.0", tier: "web", targetGroupArn, drainSeconds: 300 });
 * ```
 * @throws InvalidArgumentError for an arg that the function would refuse in the middle of a release.
 */
export class DrainCheck extends pulumi.ComponentResource {
  /** The color that is retired. */
  public readonly color: Color;

  constructor(name: string, args: DrainCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDrain(name, args);
    const { gate, color, version, tier, targetGroupArn, drainSeconds } = args;
    super("changeover:index:DrainCheck", name, {}, opts);
    this.color = color;
    const input = pulumi.jsonStringify({
      check: "drained",
      color,
      tier,
      targetGroupArn,
      timeoutSeconds: drainSeconds + DRAIN_MARGIN_SECONDS,
      pollSeconds: POLL_SECONDS,
    });
    const { result } = runStep(this, name, gate, input, { color, version }, opts?.dependsOn);
    this.registerOutputs({ result });
  }
}

function checkDrain(name: string, args: DrainCheckArgs): void {
  const what = (key: string) => `DrainCheck "${name}": ${key}`;
  checkShape("DrainCheck", name, args);
  check(what("version"), args.version, NOT_EMPTY);
  check(what("tier"), args.tier, NOT_EMPTY);
  checkWhole(what("drainSeconds"), args.drainSeconds, 0, 840 - DRAIN_MARGIN_SECONDS);
  checkStepFunction(what("gate"), args.gate);
  check(what("targetGroupArn"), args.targetGroupArn, TARGET_GROUP_ARN);
}
