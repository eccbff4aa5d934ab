import type { RehearsalOptions } from "./options";

/** The stack whose settings are rehearsed. */
export const STACK = "dev";
/** The project's name, with which its config keys begin. */
export const PROJECT = "changeover";

/** Settings that differ from the stack's file: waits that fit a rehearsal. */
export function stackSettings({ drainSeconds }: Pick<RehearsalOptions, "drainSeconds">) {
  return {
    [`${PROJECT}:drainSeconds`]: String(drainSeconds),
    [`${PROJECT}:gateTimeoutSeconds`]: "60",
  };
}
