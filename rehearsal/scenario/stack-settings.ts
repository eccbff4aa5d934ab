import type { RehearsalOptions } from "../../cli/rehearse/options";

/** The stack whose settings are rehearsed. */
export const STACK = "dev";
/** The project's name, which its config keys begin with. */
export const PROJECT = "changeover";

/**
 * What a rehearsal sets otherwise than the stack's file: waits that fit the time at hand. Everything else is the stack's
 * own.
 */
export function stackConfig(options: Pick<RehearsalOptions, "drainSeconds">): Record<string, string> {
  return {
    [`${PROJECT}:drainSeconds`]: String(options.drainSeconds),
    [`${PROJECT}:gateTimeoutSeconds`]: "60",
  };
}
