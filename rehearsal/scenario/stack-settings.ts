import type { RehearsalOptions } from "./options";

/** The stack whose settings the rehearsal uses. */
export const STACK = "dev";
/** The project's name, which is the prefix of its config keys. */
export const PROJECT = "changeover";

/** Settings that override the stack's file, mainly to shorten waits. */
export function stackSettings({ drainSeconds }: Pick<RehearsalOptions, "drainSeconds">) {
  return {
    [`${PROJECT}:drainSeconds`]: String(drainSeconds),
    [`${PROJECT}:gateTimeoutSeconds`]: "60",
  };
}
