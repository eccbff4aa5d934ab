import type * as pulumi from "@pulumi/pulumi";
import type { ArgsSpec, ListForm } from "../validation/args-spec";
import { duplicateIssue } from "../validation/find-issues";
import { NOT_EMPTY, SECURITY_GROUP_ID } from "../validation/formats";
import { isUnknown } from "../validation/unknown";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";

/** A destination that instances or Lambdas connect to. Its security group gets an ingress rule for one port. */
export interface CallArgs {
  /**
   * The name of the destination, used in the name of the ingress rule. Names must be unique.
   *
   * Do not change the name: Pulumi would create a second rule for the same security group and port, which AWS rejects
   * while the first one exists.
   */
  name: string;
  /** The security group of the destination. */
  securityGroupId: pulumi.Input<string>;
  /** The port of the destination, 1-65535. */
  port: pulumi.Input<number>;
}

export const PORT = { kind: "integer", min: 1, max: 65_535 } as const;

const callSpec = {
  name: { kind: "string", format: NOT_EMPTY, required: true },
  securityGroupId: { kind: "string", format: SECURITY_GROUP_ID, required: true, input: true },
  port: { ...PORT, required: true, input: true },
} as const satisfies ArgsSpec<CallArgs>;

export const callsSpec = {
  kind: "list",
  items: { kind: "object", args: callSpec },
  whenOmitted: "none",
  check: (calls, key) => [
    duplicateIssue(
      key,
      calls.map(({ name }) => name),
    ),
    ...calls.map((_, index) => samePortIssue(calls, index, key)),
  ],
} as const satisfies ListForm<CallArgs> & { whenOmitted: string };

function samePortIssue(calls: readonly CallArgs[], index: number, key: string): ValidationIssue | undefined {
  const { securityGroupId, port } = calls[index] as CallArgs;
  if (isUnknown(securityGroupId) || isUnknown(port)) return undefined;
  const first = calls.findIndex((call) => call.securityGroupId === securityGroupId && call.port === port);
  if (first === index) return undefined;
  return {
    key: `${key}[${index}]`,
    allowed: "the only call with this port and security group (AWS accepts only one rule for them)",
    got: new ValueDescription(`port ${port} of ${securityGroupId}, as in ${key}[${first}]`),
    remedy: "Remove one of the two.",
  };
}
