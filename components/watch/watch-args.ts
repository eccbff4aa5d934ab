import type * as pulumi from "@pulumi/pulumi";
import { type NotifyingFunctionArgs, notifyingFunctionSpec } from "../functions/notifying-function-args";
import { type VpcFunctionArgs, vpcFunctionSpec } from "../functions/step-function-args";
import { type CallArgs, callsSpec } from "../network/call-args";
import { awsEgressCheck } from "../network/egress";
import type { ComponentSpec } from "../validation/args-spec";
import { LISTENER_RULE_ARN } from "../validation/formats";
import { logRetentionCheck } from "../validation/log-retention";
import { functionName } from "../validation/names";

export interface WatchArgs extends VpcFunctionArgs, NotifyingFunctionArgs {
  /** The only rule that the function may change: the output `arn` of the `ProductionRule`. */
  ruleArn: pulumi.Input<string>;
  /**
   * Internal load balancers that URLs of checks call. The security group of each gets an ingress rule.
   *
   * @default none
   */
  calls?: CallArgs[];
}

export const watchSpec = {
  name: functionName("-watch"),
  args: {
    ...vpcFunctionSpec,
    ...notifyingFunctionSpec,
    ruleArn: { kind: "string", format: LISTENER_RULE_ARN, required: true, input: true },
    calls: callsSpec,
  },
  checks: [logRetentionCheck, awsEgressCheck],
} as const satisfies ComponentSpec<WatchArgs>;
