import * as pulumi from "@pulumi/pulumi";
import { bundledHandler } from "../functions/bundled";
import { createStepFunction } from "../functions/lambda-function";
import { type CallArgs, checkCalls } from "../network/calls";
import { check, whole } from "../validation/invalid-argument";
import { checkName, ofFunction } from "../validation/names";
import { FUNCTION_SUBNETS, VPC_ID } from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags } from "../validation/tags";

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
export const GATE_TIMEOUT_SECONDS = whole(10, 840);

/** Between two looks of the function, in seconds. */
export const POLL_SECONDS = 2;

function checkGate(name: string, args: GateArgs): void {
  const what = (key: string) => `Gate "${name}": ${key}`;
  checkShape("Gate", name, args);
  checkName("Gate", name, ofFunction("-gate"));
  check(what("timeoutSeconds"), args.timeoutSeconds, GATE_TIMEOUT_SECONDS);
  check(what("vpcId"), args.vpcId, VPC_ID);
  check(what("subnetIds"), args.subnetIds, FUNCTION_SUBNETS);
  checkCalls(what("calls"), args.calls);
  checkTags(what("tags"), args.tags);
}
