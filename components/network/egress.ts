import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import type { ListForm } from "../validation/args-spec";
import { duplicateIssue } from "../validation/find-issues";
import { isUnknown } from "../validation/unknown";
import type { ValidationIssue } from "../validation/validation-issue";
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

/** Checks that a function can call AWS, at any address or at an interface endpoint. */
export const awsEgressCheck = {
  reads: ["egressPorts", "calls"],
  check: (args: { egressPorts?: number[]; calls?: CallArgs[] }) => [awsEgressIssue(args)],
} as const;

function awsEgressIssue({ egressPorts, calls = [] }: EgressArgs): ValidationIssue | undefined {
  if (egressPorts === undefined || egressPorts.includes(HTTPS_PORT)) return undefined;
  if (calls.some(({ port }) => isUnknown(port) || port === HTTPS_PORT)) return undefined;
  return {
    key: "egressPorts",
    allowed: `a list with ${HTTPS_PORT}, because the function calls AWS on this port`,
    got: egressPorts,
    remedy: `Add ${HTTPS_PORT}, or a call of port ${HTTPS_PORT} of the security group of your interface endpoints.`,
  };
}

const HTTPS_PORT = 443;

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
