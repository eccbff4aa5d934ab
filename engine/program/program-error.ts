import type { Step } from "../state/step";
import type { ProgramFailure, RejectionIssue } from "./protocol";

/** The program threw an error, rejected a promise, ended too early or did not end. No resource was deleted. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";

  constructor(
    message: string,
    /** Stack frames in the program's own files, innermost first; empty for a validation error. */
    readonly frames: readonly string[] = [],
    readonly steps: readonly Step[] = [],
    /**
     * True if the program threw a validation error, whose message is meant for its user. Always false with the Pulumi
     * CLI.
     */
    readonly rejected = false,
    /** True if the program sent no request to the engine for longer than its timeout. */
    readonly timedOut = false,
    /** The reasons of a validation error. */
    readonly issues: readonly RejectionIssue[] = [],
  ) {
    super(message);
  }
}

/** The project file, the config or an option of the engine is invalid. Nothing was changed. */
export class EngineInputError extends Error {
  override readonly name = "EngineInputError";
}

/** Combines all failures of a program. The result is `rejected` only if all failures are validation errors. */
export function programError(
  failures: readonly ProgramFailure[],
  { steps, note }: { readonly steps?: readonly Step[]; readonly note?: string },
): ProgramError {
  const messages = failures.map(({ message }) => message);
  const frames = failures.find((failure) => failure.frames.length > 0)?.frames;
  return new ProgramError(
    [...messages, ...(note === undefined ? [] : [note])].join("\n"),
    frames,
    steps,
    failures.every(({ rejected }) => rejected),
    failures.some(({ timedOut }) => timedOut),
    failures.flatMap(({ issues = [] }) => issues),
  );
}
