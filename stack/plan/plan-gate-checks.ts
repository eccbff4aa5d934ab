import { type Color, otherColor } from "../../components/fleet/color";
import type { GateRole, GateTrigger, LastRelease } from "./last-release";
import type { ReleaseContext } from "./release-context";

export interface GateCheckPlan {
  /** Names the check. A flip keeps the name `live`, so that it replaces one resource. */
  readonly role: GateRole;
  readonly color: Color;
  readonly version: string;
  /** The traffic that the color must be able to carry, in percent; for the live color 100. */
  readonly sharePercent: number;
  /** Undefined for a release from before triggers were remembered. */
  readonly trigger: GateTrigger | undefined;
}

/** One check for each serving color, the live one first. */
export function planGateChecks({ wanted, last, weights, serving, at }: ReleaseContext): GateCheckPlan[] {
  const checks = serving.map(({ color, version }): GateCheckPlan => {
    const role = color === wanted.live ? "live" : "canary";
    const gainsTraffic =
      role === "live" ? last?.live !== wanted.live : weights[color] > (last?.weights[color] ?? 0);
    // Pulumi does not repeat a check that passed. After a failed update the color's health may have changed, so each
    // attempt to give it more traffic has a trigger of its own.
    const trigger = gainsTraffic
      ? { at, otherSharePercent: trafficBefore(otherColor(color), last) }
      : last?.gateChecks?.[role];
    return { role, color, version, sharePercent: role === "live" ? 100 : weights[color], trigger };
  });
  return checks.sort((a, b) => Number(b.role === "live") - Number(a.role === "live"));
}

/** The gate sizes a color by the instances and the traffic of the other one; without traffic, as if it carried all. */
function trafficBefore(color: Color, last: LastRelease | undefined): number {
  return last?.weights[color] || 100;
}
