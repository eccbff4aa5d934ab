import * as pulumi from "@pulumi/pulumi";
import { bundledHandler } from "./bundled";
import type { CallArgs } from "./calls";
import type { Color } from "./color";
import { checkName, checkWhole, InvalidArgumentError } from "./invalid";
import { createStepFunction, type StepFunctionArgs } from "./lambdaFunction";
import { runStep } from "./step";

export interface GateArgs {
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /** Private subnets, from which the load balancers and the AWS API can be reached. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Internal load balancers that the gate asks: their security groups are opened for it. Default: none. */
  calls?: CallArgs[];
  /** The longest that one check may wait, in seconds, 10-840; a Lambda ends at 900. Default: 300. */
  timeoutSeconds?: number;
  /** Default: none. */
  tags?: Record<string, pulumi.Input<string>>;
}

/**
 * The function that decides whether a color may get users. {@link GateCheck} runs it.
 *
 * The provider's own waits cannot decide: an update of an Auto Scaling Group waits for nothing, and a wait that failed is
 * absorbed by the next update.
 *
 * ```ts
 * const gate = new Gate("prod", { vpcId: network.vpcId, subnetIds: network.privateSubnetIds });
 * ```
 */
export class Gate extends pulumi.ComponentResource {
  /** The function, for {@link GateCheck}. */
  public readonly functionName: pulumi.Output<string>;
  /** Its published version. Known when the function may run. */
  public readonly functionVersion: pulumi.Output<string>;
  /** The longest that one check may wait, in seconds. */
  public readonly timeoutSeconds: number;

  constructor(name: string, args: GateArgs, opts?: pulumi.ComponentResourceOptions) {
    checkName("Gate", name);
    checkWhole(`Gate "${name}": timeoutSeconds`, args.timeoutSeconds, 10, 840);
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
  /** The load balancer in front of the tier, by a name that leads there before users' DNS does. */
  url: pulumi.Input<string>;
  /** The name in the load balancer's certificate, where `url` has another one. Default: the one in `url`. */
  serverName?: string;
  /** The headers of the color's own rule. */
  headers: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** The fewest healthy servers the color needs in this tier, 1-1000. */
  minHealthy: number;
}

/** The function that looks, and for how long. {@link Gate} has all of it as outputs. */
export interface GateFunctionArgs extends StepFunctionArgs {
  /** The longest that one check may wait, in seconds, 10-840. */
  timeoutSeconds: pulumi.Input<number>;
}

export interface GateCheckArgs {
  /** Which function runs: a {@link Gate}, or its outputs. */
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
function checkCheck(name: string, { sharePercent, tiers }: GateCheckArgs): void {
  const what = (key: string) => `GateCheck "${name}": ${key}`;
  checkWhole(what("sharePercent"), sharePercent, 0, 100);
  if (tiers.length === 0) {
    const allowed = "every tier that users pass, one or more";
    throw new InvalidArgumentError({ what: what("tiers"), got: tiers, allowed });
  }
  for (const { tier, minHealthy } of tiers) checkWhole(what(`minHealthy of ${tier}`), minHealthy, 1, 1000);
}

export interface DrainCheckArgs {
  /** Which function runs: a {@link Gate}, or its outputs. */
  gate: StepFunctionArgs;
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
 */
export class DrainCheck extends pulumi.ComponentResource {
  /** The color that is retired. */
  public readonly color: Color;

  constructor(name: string, args: DrainCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    const { gate, color, version, tier, targetGroupArn, drainSeconds } = args;
    checkWhole(`DrainCheck "${name}": drainSeconds`, drainSeconds, 0, 840 - DRAIN_MARGIN_SECONDS);
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
