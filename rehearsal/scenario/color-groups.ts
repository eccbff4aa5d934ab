import type { Engine } from "../../engine/deploy/engine";
import type { Simulator } from "../../simulator";
import type { ScalingGroup } from "../../simulator/instances/scaling-group";
import { type ReleaseControl, releaseControl } from "../../traffic/control";
import type { LiveColor } from "./steps";

export async function readControl(engine: Engine): Promise<ReleaseControl> {
  const { control } = await engine.outputs();
  return releaseControl.parse(control);
}

/** The Auto Scaling groups of a color, web tier first. */
export function groupsOf(simulator: Simulator, { tiers }: ReleaseControl, color: LiveColor): ScalingGroup[] {
  return [tiers.web, tiers.app].map((tier) => simulator.scalingGroup(tier[color].autoScalingGroupName ?? ""));
}

export function healthyWebInstances(simulator: Simulator, control: ReleaseControl, color: LiveColor): number {
  return groupsOf(simulator, control, color)[0]?.healthy().inLoadBalancer ?? 0;
}
