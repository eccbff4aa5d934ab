import * as pulumi from "@pulumi/pulumi";
import { bundledHandler } from "../functions/bundled";
import { createStepFunction } from "../functions/step-function";
import {
  checkStatements,
  groupStatement,
  notifyStatements,
  readStatement,
  trafficEnvironment,
} from "../functions/traffic-policy";
import { validateArgs } from "../validation/validate-args";
import { type GateArgs, gateSpec } from "./gate-args";

/** The maximum of Lambda. Gate checks and drain checks have their own, shorter time limits. */
const LAMBDA_TIMEOUT_SECONDS = 900;

/**
 * The health gate: a Lambda that `GateCheck` and `DrainCheck` invoke.
 *
 * The provider's own wait for healthy instances is not enough: an update of an Auto Scaling group does not wait, and
 * if a wait failed, the next update does not repeat it.
 *
 * ```ts
 * const gate = new Gate("prod", { vpcId: network.vpcId, subnetIds: network.privateSubnetIds });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class Gate extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = gateSpec;

  /** The name of the function, for `GateCheck`. */
  public readonly functionName: pulumi.Output<string>;
  /** The published version of the function. It is known once the function can run. */
  public readonly functionVersion: pulumi.Output<string>;
  /** The functions that it may invoke for the checks of the team: the arg `checkFunctionNames`. */
  public readonly checkFunctionNames: string[];
  /** The maximum duration of one gate check in seconds. */
  public readonly timeoutSeconds: number;

  constructor(name: string, args: GateArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(Gate, name, args, opts);
    super("changeover:index:Gate", name, args, opts);
    const {
      vpcId,
      subnetIds,
      permissionsBoundaryArn,
      calls,
      egressPorts,
      logRetentionDays,
      tags,
      timeoutSeconds,
      topicArns,
      checkFunctionNames,
    } = settings;
    const gate = createStepFunction(this, `${name}-gate`, {
      ...{ vpcId, subnetIds, permissionsBoundaryArn, calls, egressPorts, logRetentionDays, tags },
      code: new pulumi.asset.AssetArchive({ "index.js": bundledHandler("gate") }),
      environment: trafficEnvironment(topicArns),
      policyStatements: [
        readStatement([
          "elasticloadbalancing:DescribeTargetHealth",
          "elasticloadbalancing:DescribeRules",
          "elasticloadbalancing:DescribeTags",
          "autoscaling:DescribeScalingActivities",
        ]),
        groupStatement(["autoscaling:SetDesiredCapacity", "autoscaling:UpdateAutoScalingGroup"]),
        notifyStatements(topicArns),
        checkStatements(checkFunctionNames, { parent: this }),
      ],
      timeoutSeconds: LAMBDA_TIMEOUT_SECONDS,
    });
    this.functionName = gate.functionName;
    this.functionVersion = gate.functionVersion;
    this.timeoutSeconds = timeoutSeconds;
    this.checkFunctionNames = checkFunctionNames ?? [];
    this.registerOutputs({
      functionName: this.functionName,
      functionVersion: this.functionVersion,
      timeoutSeconds: this.timeoutSeconds,
      checkFunctionNames: this.checkFunctionNames,
    });
  }
}

/** The pause between two polls of the Lambda. */
export const POLL_SECONDS = 2;
