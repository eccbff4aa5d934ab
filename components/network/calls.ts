import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import type { CallArgs } from "./call-args";

/**
 * Creates the ingress rules that let a caller connect to each destination. The caller must be created after them, or
 * its first call would fail.
 */
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
          description: `From ${name}`,
        },
        { parent },
      ),
  );
}
