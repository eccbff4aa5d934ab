import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { clientOptions, createLoadBalancingClient } from "./load-balancing-client";

export interface TrafficClients {
  readonly loadBalancing: ElasticLoadBalancingV2Client;
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly events: EventBridgeClient;
  readonly sns: SNSClient;
  /** Waits longer than the others, because a team's check runs during the call. */
  readonly lambda: LambdaClient;
  destroy(): void;
}

export const CHECK_LIMIT_MS = 60_000;

/**
 * Creates the clients with short timeouts. Region, credentials and endpoint come from the environment, as always in
 * the SDK (`AWS_REGION`, `AWS_ENDPOINT_URL`, …).
 *
 * @param region overrides the environment's
 */
export function createTrafficClients(region?: string): TrafficClients {
  const options = clientOptions(region);
  const clients = {
    loadBalancing: createLoadBalancingClient(region),
    autoScaling: new AutoScalingClient(options),
    cloudWatch: new CloudWatchClient(options),
    events: new EventBridgeClient(options),
    sns: new SNSClient(options),
    lambda: new LambdaClient({
      ...options,
      maxAttempts: 1,
      requestHandler: { ...options.requestHandler, requestTimeout: CHECK_LIMIT_MS },
    }),
  };
  return {
    ...clients,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
