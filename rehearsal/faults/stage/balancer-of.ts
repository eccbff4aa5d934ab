import type { TierName } from "../../../contract";
import type { Balancer } from "../../../simulator/load-balancer/types";
import type { FaultStage } from "./fault-stage";

/** The load balancer in front of a tier. */
export function balancerOf(
  { simulator, control }: Pick<FaultStage, "simulator" | "control">,
  tier: TierName,
): Balancer {
  const { port } = new URL(control.tiers[tier].url);
  const found = [...simulator.balancers().values()].find((balancer) => String(balancer.port) === port);
  if (found === undefined)
    throw new Error(`The tier ${tier} must have a load balancer, got none on port ${port}.`);
  return found;
}
