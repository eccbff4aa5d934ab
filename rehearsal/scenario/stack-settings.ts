import type { RehearsalOptions } from "./options";

/**
 * Settings that override the stack's file, mainly to shorten waits.
 *
 * @param project name of the Pulumi project, which is the prefix of its config keys
 */
export function stackSettings(
  project: string,
  {
    drainSeconds,
    bakeSeconds = 0,
  }: Pick<RehearsalOptions, "drainSeconds"> & Partial<Pick<RehearsalOptions, "bakeSeconds">>,
): Record<string, string> {
  return {
    [`${project}:drainSeconds`]: String(drainSeconds),
    [`${project}:gateTimeoutSeconds`]: "60",
    ...(bakeSeconds > 0 ? { [`${project}:bakeSeconds`]: String(bakeSeconds) } : {}),
  };
}
