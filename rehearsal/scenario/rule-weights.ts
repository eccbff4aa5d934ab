import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Simulator } from "../../simulator";
import type { ReleaseControl } from "../../traffic/control";
import { type RuleState, readProductionRule } from "../../traffic/production-rule";

/** Weights and tags of the production rule, as the load balancer has them. */
export interface RehearsedRule {
  readonly blue: number;
  readonly green: number;
  readonly tags: RuleState["tags"];
}

export async function readRule(simulator: Simulator, control: ReleaseControl): Promise<RehearsedRule> {
  const client = new ElasticLoadBalancingV2Client({
    endpoint: simulator.endpoint,
    region: control.region,
    credentials: { accessKeyId: "rehearsal", secretAccessKey: "rehearsal" },
  });
  try {
    const { weights, tags } = await readProductionRule(client, control.productionRuleArn);
    const { blue, green } = control.tiers.web;
    return { blue: weights[blue.targetGroupArn] ?? 0, green: weights[green.targetGroupArn] ?? 0, tags };
  } finally {
    client.destroy();
  }
}
