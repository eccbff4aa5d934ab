import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Simulator } from "../../simulator";
import type { ReleaseControl } from "../../traffic/control";
import { type RuleState, readProductionRule, setWeights } from "../../traffic/production-rule";

/** Weights and tags of the production rule, as the load balancer has them. */
export interface RehearsedRule {
  readonly blue: number;
  readonly green: number;
  readonly tags: RuleState["tags"];
}

export function readRule(simulator: Simulator, control: ReleaseControl): Promise<RehearsedRule> {
  return withClient(simulator, control, async (client) => {
    const { weights, tags } = await readProductionRule(client, control.productionRuleArn);
    const { blue, green } = control.tiers.web;
    return { blue: weights[blue.targetGroupArn] ?? 0, green: weights[green.targetGroupArn] ?? 0, tags };
  });
}

/** Changes the weights without a record, as by hand in the console of AWS. */
export function setRuleWeights(
  simulator: Simulator,
  control: ReleaseControl,
  { blue, green }: Pick<RehearsedRule, "blue" | "green">,
): Promise<void> {
  const { productionRuleArn, stickySeconds, tiers } = control;
  const weights = { [tiers.web.blue.targetGroupArn]: blue, [tiers.web.green.targetGroupArn]: green };
  return withClient(simulator, control, (client) =>
    setWeights(client, productionRuleArn, weights, stickySeconds),
  );
}

async function withClient<Result>(
  simulator: Simulator,
  { region }: ReleaseControl,
  work: (client: ElasticLoadBalancingV2Client) => Promise<Result>,
): Promise<Result> {
  const client = new ElasticLoadBalancingV2Client({
    endpoint: simulator.endpoint,
    region,
    credentials: { accessKeyId: "rehearsal", secretAccessKey: "rehearsal" },
  });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
