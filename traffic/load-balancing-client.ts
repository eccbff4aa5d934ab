import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";

/** Options with short timeouts. @param region overrides the environment's */
export function clientOptions(region?: string) {
  return {
    ...(region === undefined ? {} : { region }),
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  };
}

/** Loads one client of the SDK instead of six, to keep the rollback command fast. */
export function createLoadBalancingClient(region?: string): ElasticLoadBalancingV2Client {
  return new ElasticLoadBalancingV2Client(clientOptions(region));
}
