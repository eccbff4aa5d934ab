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
import { type WatchArgs, watchSpec } from "./watch-args";

/** The maximum of Lambda. A longer bake continues in another invocation. */
const LAMBDA_TIMEOUT_SECONDS = 900;

/**
 * The Lambda that watches a traffic shift while it bakes, and shifts the traffic back on an alarm. `WatchStep` invokes
 * it.
 *
 * Its role may change the one production rule, its tags, and the minimum size of Auto Scaling groups with this stack's
 * tag `changeover:stack`.
 *
 * ```ts
 * const watch = new Watch("prod", { vpcId, subnetIds, ruleArn: production.arn });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class Watch extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = watchSpec;

  /** The name of the function, for `WatchStep`. */
  public readonly functionName: pulumi.Output<string>;
  /** The published version of the function. It is known once the function can run. */
  public readonly functionVersion: pulumi.Output<string>;
  /** The functions that it may invoke for the checks of the team: the arg `checkFunctionNames`. */
  public readonly checkFunctionNames: string[];

  constructor(name: string, args: WatchArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(Watch, name, args, opts);
    super("changeover:index:Watch", name, args, opts);
    const { vpcId, subnetIds, permissionsBoundaryArn, calls, tags, topicArns, checkFunctionNames, ruleArn } =
      settings;
    const { logRetentionDays, egressPorts } = settings;
    const watch = createStepFunction(this, `${name}-watch`, {
      ...{ vpcId, subnetIds, permissionsBoundaryArn, calls, egressPorts, logRetentionDays, tags },
      code: new pulumi.asset.AssetArchive({ "index.js": bundledHandler("watch") }),
      environment: trafficEnvironment(topicArns),
      policyStatements: [
        readStatement([
          "elasticloadbalancing:DescribeRules",
          "elasticloadbalancing:DescribeTags",
          "elasticloadbalancing:DescribeTargetHealth",
        ]),
        {
          Effect: "Allow",
          Action: [
            "elasticloadbalancing:ModifyRule",
            "elasticloadbalancing:AddTags",
            "elasticloadbalancing:RemoveTags",
          ],
          Resource: ruleArn,
        },
        groupStatement("autoscaling:UpdateAutoScalingGroup"),
        notifyStatements(topicArns),
        checkStatements(checkFunctionNames, { parent: this }),
      ],
      timeoutSeconds: LAMBDA_TIMEOUT_SECONDS,
    });
    this.functionName = watch.functionName;
    this.functionVersion = watch.functionVersion;
    this.checkFunctionNames = checkFunctionNames ?? [];
    this.registerOutputs({
      functionName: this.functionName,
      functionVersion: this.functionVersion,
      checkFunctionNames: this.checkFunctionNames,
    });
  }
}
