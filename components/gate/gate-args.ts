import { type NotifyingFunctionArgs, notifyingFunctionSpec } from "../functions/notifying-function-args";
import { type VpcFunctionArgs, vpcFunctionSpec } from "../functions/step-function-args";
import { type CallArgs, callsSpec } from "../network/call-args";
import { awsEgressCheck } from "../network/egress";
import type { ComponentSpec } from "../validation/args-spec";
import { logRetentionCheck } from "../validation/log-retention";
import { functionName } from "../validation/names";

export interface GateArgs extends VpcFunctionArgs, NotifyingFunctionArgs {
  /**
   * Internal load balancers that the gate calls. The security group of each gets an ingress rule.
   *
   * @default none
   */
  calls?: CallArgs[];
  /**
   * The maximum duration of one gate check in seconds, 10-840.
   *
   * @default 300
   */
  timeoutSeconds?: number;
}

/** Lambda ends a function after 900 seconds, so the maximum is lower. */
export const GATE_TIMEOUT = { kind: "integer", min: 10, max: 840 } as const;

export const gateSpec = {
  name: functionName("-gate"),
  args: {
    ...vpcFunctionSpec,
    calls: callsSpec,
    ...notifyingFunctionSpec,
    timeoutSeconds: { ...GATE_TIMEOUT, default: 300 },
  },
  checks: [logRetentionCheck, awsEgressCheck],
} as const satisfies ComponentSpec<GateArgs>;
