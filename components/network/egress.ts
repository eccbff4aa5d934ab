import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import type { ListForm } from "../validation/args-spec";
import { duplicateIssue } from "../validation/find-issues";
import { type CallArgs, PORT } from "./call-args";

export interface EgressArgs {
  /**
   * The TCP ports of destinations that the security group may connect to besides `calls`, each once. An empty list allows
   * only `calls`.
   */
  readonly egressPorts?: readonly number[];
  readonly calls?: readonly CallArgs[];
}

export const egressPortsSpec = {
  kind: "list",
  items: PORT,
  check: (ports, key) => [duplicateIssue(key, ports)],
} as const satisfies ListForm<number>;

/**
 * Creates the egress rules of a caller. AWS resolves names, time and instance metadata without any rule.
 *
 * @param egressPorts undefined allows all traffic
 */
export function allowEgress(
  parent: pulumi.Resource,
  name: string,
  securityGroupId: pulumi.Input<string>,
  { egressPorts, calls = [] }: EgressArgs,
): pulumi.Resource[] {
  const rule = (suffix: string, to: Omit<vpc.SecurityGroupEgressRuleArgs, "securityGroupId">) =>
    new vpc.SecurityGroupEgressRule(`${name}-${suffix}`, { securityGroupId, ...to }, { parent });
  if (egressPorts === undefined) {
    return [rule("out", { cidrIpv4: "0.0.0.0/0", ipProtocol: "-1", description: "All traffic" })];
  }
  return [
    ...egressPorts.map((port) =>
      rule(`out-${port}`, {
        cidrIpv4: "0.0.0.0/0",
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
        description: `Port ${port} of any address`,
      }),
    ),
    ...calls.map(({ name: callee, securityGroupId: group, port }) =>
      rule(`out-to-${callee}`, {
        referencedSecurityGroupId: group,
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
        description: `To ${callee}`,
      }),
    ),
  ];
}
