import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import { check, checkEachOnce, whole } from "./invalid";
import { SECURITY_GROUP_ID } from "./rules";

/** Something that servers or functions connect to: its security group is opened for them, on one port. */
export interface CallArgs {
  /** What is called, for the rule's name; each name once. */
  name: string;
  /** The callee's security group, which gets an ingress rule. */
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
  }
}
