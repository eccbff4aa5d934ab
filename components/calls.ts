import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import { check, checkEachOnce, text, whole } from "./invalid";
import { checkInput } from "./known";
import { SECURITY_GROUP_ID } from "./rules";

/** Something that servers or functions connect to: its security group is opened for them, on one port. */
export interface CallArgs {
  /** What is called, for the rule's name: lower-case letters, digits and hyphens, each name once. */
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

const NAME = text(/^[a-z][a-z0-9-]*$/, "lower-case letters, digits and hyphens, starting with a letter");
export const PORT = whole(1, 65_535);

/** What callers ask for, checked. */
export function checkCalls(what: string, calls: readonly CallArgs[] | undefined): CallArgs[] | undefined {
  checkEachOnce(what, calls?.map(({ name }) => name) ?? []);
  return calls?.map(({ name, securityGroupId, port }, index) => {
    const of = `${what}[${index}]`;
    check(`${of}.name`, name, NAME);
    return {
      name,
      securityGroupId: checkInput(`${of}.securityGroupId`, securityGroupId, SECURITY_GROUP_ID),
      port: checkInput(`${of}.port`, port, PORT),
    };
  });
}
