import type { RehearsalOptions } from "./options";
import type { RehearsedStack } from "./rehearsed-stack";

/** Settings that override the stack's file, mainly to shorten waits. */
export function stackSettings(
  { project, isOwn }: Pick<RehearsedStack, "project" | "isOwn">,
  {
    drainSeconds,
    bakeSeconds = 0,
  }: Pick<RehearsalOptions, "drainSeconds"> & Partial<Pick<RehearsalOptions, "bakeSeconds">>,
): Record<string, string> {
  return {
    [`${project}:drainSeconds`]: String(drainSeconds),
    [`${project}:gateTimeoutSeconds`]: "60",
    ...(bakeSeconds > 0 ? { [`${project}:bakeSeconds`]: String(bakeSeconds) } : {}),
    ...(isOwn ? ownSettings(project, bakeSeconds) : {}),
  };
}

/** The components have no setting for a bake in seconds. */
function ownSettings(project: string, bakeSeconds: number): Record<string, string> {
  return {
    [`${project}:bakeMinutes`]: String(bakeSeconds / 60),
    // Clients of a canary would still follow their cookies in the canary of the next release, to the other color.
    [`${project}:stickySeconds`]: "20",
  };
}
