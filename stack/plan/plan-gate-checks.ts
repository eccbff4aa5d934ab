import { type Color, otherColor } from "../../components/fleet/color";
import type { ColorVersion, GateRole, GateTrigger, LastRelease } from "./last-release";
import { gainingColors, hasServed } from "./plan-shift";
import type { ReleaseContext } from "./release-context";

export interface GateCheckPlan {
  /** Name of the check. The live color's check is always named `live`, so that a flip replaces one resource. */
  readonly role: GateRole;
  readonly color: Color;
  readonly version: string;
  /** The traffic that the color must be able to carry, in percent; 100 for the live color. */
  readonly sharePercent: number;
  readonly trigger: GateTrigger;
  /** True if the check passed in an earlier update, and nothing makes it run again. */
  readonly done: boolean;
  /** Time until which the color was live with this version, or `now`. Undefined if it was not. */
  readonly servedUntil?: string;
}

/**
 * One check for each serving color, the live one first. A color to which another writer shifted traffic has none,
 * because the update shifts nothing itself.
 */
export function planGateChecks(context: ReleaseContext): GateCheckPlan[] {
  const { wanted, last, weights, serving } = context;
  const gaining = gainingColors(weights, last);
  const checks = serving.flatMap(({ color, version }): GateCheckPlan[] => {
    const role = color === wanted.live ? "live" : "canary";
    const share = { role, color, version, sharePercent: role === "live" ? 100 : weights[color] } as const;
    if (gaining.includes(color)) {
      const served = servedUntil(context, { color, version });
      return [{ ...share, trigger: newTrigger(context, color), done: false, ...served }];
    }
    const trigger = lastTrigger(last, color);
    const done = trigger !== undefined && !context.isRecovered && isSameCheck(last, role, color);
    return trigger === undefined ? [] : [{ ...share, trigger, done }];
  });
  return checks.sort((a, b) => Number(b.role === "live") - Number(a.role === "live"));
}

function newTrigger({ last, serial, request }: ReleaseContext, color: Color): GateTrigger {
  const attempt = request.updateId === undefined ? {} : { updateId: request.updateId };
  return { serial, ...attempt, otherSharePercent: trafficBefore(otherColor(color), last) };
}

function lastTrigger(last: LastRelease | undefined, color: Color): GateTrigger | undefined {
  const role = color === last?.live ? "live" : "canary";
  const isUncounted = last !== undefined && last.serial === undefined;
  return last?.gateChecks?.[role] ?? (isUncounted ? { serial: 0, otherSharePercent: 100 } : undefined);
}

/** False if live color and canary swap their roles, because a check is named after the role. */
function isSameCheck(last: LastRelease | undefined, role: GateRole, color: Color): boolean {
  return (role === "live") === (color === last?.live);
}

function servedUntil({ last }: ReleaseContext, { color, version }: ColorVersion): { servedUntil?: string } {
  if (last === undefined || last.versions[color] !== version) return {};
  // Serving a canary's share does not prove that the color can serve all traffic.
  if (last.live === color && last.weights[color] > 0) return { servedUntil: "now" };
  const until = last.served?.[color]?.until;
  return hasServed(last, color) && until !== undefined ? { servedUntil: until } : {};
}

/**
 * The color's traffic before this update, in percent. A color without traffic counts as 100, so that the gate
 * requires as many targets as if it carried all traffic.
 */
function trafficBefore(color: Color, last: LastRelease | undefined): number {
  return last?.weights[color] || 100;
}
