import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import {
  check,
  checkEachOnce,
  InvalidArgumentError,
  isLate,
  Words,
  whole,
} from "../validation/invalid-argument";
import { SECURITY_GROUP_ID } from "../validation/rules";

/** Something that servers or functions connect to: its security group is opened for them, on one port. */
export interface CallArgs {
  /**
   * What is called, for the rule's name; each name once. Keep it: with another name there would be a second rule for the
   * same group and port, which AWS refuses as long as the first is there.
   */
  name: string;
  /** The callee's security group, which gets an ingress rule: one for each port. */
  securityGroupId: pulumi.Input<string>;
  /** The callee's port, 1-65535. */
  port: pulumi.Input<number>;
}

/** Opens each callee for the caller. What starts the caller depends on the result, so that no first call is refused. */
export function admitCaller(
  parent: pulumi.Resource,
  name: string,
  callerSecurityGroupId: pulumi.Input<string>,
  calls: readonly CallArgs[] = [],
): pulumi.Resource[] {
  return calls.map(
    (call) =>
      new vpc.SecurityGroupIngressRule(
        `${name}-to-${call.name}`,
        {
          securityGroupId: call.securityGroupId,
          referencedSecurityGroupId: callerSecurityGroupId,
          ipProtocol: "tcp",
          fromPort: call.port,
          toPort: call.port,
        },
        { parent },
      ),
  );
}

export const PORT = whole(1, 65_535);

export function checkCalls(what: string, calls: readonly CallArgs[] = []): void {
  checkEachOnce(
    what,
    calls.map(({ name }) => name),
  );
  for (const [index, { securityGroupId, port }] of calls.entries()) {
    check(`${what}[${index}].securityGroupId`, securityGroupId, SECURITY_GROUP_ID);
    check(`${what}[${index}].port`, port, PORT);
    const same = calls.findIndex((call) => call.securityGroupId === securityGroupId && call.port === port);
    // What is known later may turn out to differ.
    if (same === index || [securityGroupId, port].some(isLate)) continue;
    throw new InvalidArgumentError({
      what: `${what}[${index}]`,
      got: new Words(`port ${String(port)} of ${String(securityGroupId)}, as in the entry [${same}]`),
      allowed: "each port of a security group once, because AWS takes one rule for it",
      todo: "Remove one of the two.",
    });
  }
}
