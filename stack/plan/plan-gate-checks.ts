import { type Color, otherColor } from "../../components/fleet/color";
import type { GateRole, GateTrigger, LastRelease } from "./last-release";
import type { ReleaseContext } from "./release-context";

export interface GateCheckPlan {
  /** Name of the check. The live color's check is always named `live`, so that a flip replaces one resource. */
  readonly role: GateRole;
  readonly color: Color;
  readonly version: string;
  /** The traffic that the color must be able to carry, in percent; 100 for the live color. */
  readonly sharePercent: number;
  /** Undefined if the last release was written by a version of the program that had no triggers. */
  readonly trigger: GateTrigger | undefined;
}

/** One check for each serving color, the live one first. */
export function planGateChecks({ wanted, last, weights, serving, at }: ReleaseContext): GateCheckPlan[] {
  const checks = serving.map(({ color, version }): GateCheckPlan => {
    const role = color === wanted.live ? "live" : "canary";
    const gainsTraffic =
      role === "live" ? last?.live !== wanted.live : weights[color] > (last?.weights[color] ?? 0);
    // Pulumi does not repeat a check that passed. After a failed update the color's health may have changed, so each
    // attempt to give the color more traffic gets a new trigger.
    const trigger = gainsTraffic
      ? { at, otherSharePercent: trafficBefore(otherColor(color), last) }
      : last?.gateChecks?.[role];
    return { role, color, version, sharePercent: role === "live" ? 100 : weights[color], trigger };
  });
  return checks.sort((a, b) => Number(b.role === "live") - Number(a.role === "live"));
}

/**
 * The color's traffic before this update, in percent. A color without traffic counts as 100, so that the gate
 * requires as many targets as if it carried all traffic.
 */
function trafficBefore(color: Color, last: LastRelease | undefined): number {
  return last?.weights[color] || 100;
}
