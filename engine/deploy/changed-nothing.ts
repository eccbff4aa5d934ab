import { EngineInputError, ProgramError } from "../program/program-error";

/**
 * True if an update failed before it declared a resource: the program or the engine rejected it. The stack resource
 * and reads do not count, because they precede the validation of the config.
 */
export function changedNothing(error: unknown): boolean {
  if (error instanceof EngineInputError) return true;
  if (!(error instanceof ProgramError)) return false;
  return !error.steps.some(({ custom, op }) => custom && op !== "read" && op !== "refresh");
}
