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
  readonly trigger: GateTrigger;
}

/** One check for each serving color, the live one first. */
export function planGateChecks(context: ReleaseContext): GateCheckPlan[] {
  const { wanted, weights, serving } = context;
  const checks = serving.map(({ color, version }): GateCheckPlan => {
    const role = color === wanted.live ? "live" : "canary";
    const sharePercent = role === "live" ? 100 : weights[color];
    return { role, color, version, sharePercent, trigger: triggerOf(context, color) };
  });
  return checks.sort((a, b) => Number(b.role === "live") - Number(a.role === "live"));
}

/** A color that receives more traffic is checked; that of another color's canary counts, too. */
function triggerOf({ last, weights, serial, request }: ReleaseContext, color: Color): GateTrigger {
  const attempt = request.updateId === undefined ? {} : { updateId: request.updateId };
  const gainsTraffic = weights[color] > (last?.weights[color] ?? 0);
  if (gainsTraffic) return { serial, ...attempt, otherSharePercent: trafficBefore(otherColor(color), last) };
  const role = color === last?.live ? "live" : "canary";
  return last?.gateChecks?.[role] ?? { serial: 0, otherSharePercent: 100 };
}

/**
 * The color's traffic before this update, in percent. A color without traffic counts as 100, so that the gate
 * requires as many targets as if it carried all traffic.
 */
function trafficBefore(color: Color, last: LastRelease | undefined): number {
  return last?.weights[color] || 100;
}
