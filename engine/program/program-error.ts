import type { Step } from "../state/step";
import type { ProgramFailure } from "./protocol";

/** The program threw, rejected a promise, ended too early or did not end. Nothing was deleted. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";

  constructor(
    message: string,
    /** Stack frames in the program's own files, innermost first; empty for a validation error. */
    readonly frames: readonly string[] = [],
    readonly steps: readonly Step[] = [],
    /** The program rejected its input, with a message for its user. Always false for the Pulumi CLI. */
    readonly rejected = false,
    /** The program ran longer than its timeout without a request to the engine. */
    readonly timedOut = false,
  ) {
    super(message);
  }
}

/** The project file, config or an option of the engine is invalid. Nothing was done. */
export class EngineInputError extends Error {
  override readonly name = "EngineInputError";
}

/** Joins all failures of a program; a rejection only if all of them are. */
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
  );
}
