import type { Step } from "../state/step";
import type { ProgramFailure } from "./protocol";

/** The program itself is wrong or refuses: it threw, rejected, ended too early or did not end. Nothing was deleted. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";

  constructor(
    message: string,
    /** Frames of the program's own files, innermost first; empty where a stack says nothing (a `RunError`). */
    readonly frames: readonly string[] = [],
    /** Steps done before it failed. */
    readonly steps: readonly Step[] = [],
    /** The program said no: the message is meant for whoever asked. The Pulumi CLI does not tell, so false there. */
    readonly rejected = false,
    /** It was given up: it went on for too long without asking anything of the engine. */
    readonly timedOut = false,
  ) {
    super(message);
  }
}

/** Something given to the engine cannot be used: project file, config, state file, key, lock. Nothing was done. */
export class EngineInputError extends Error {
  override readonly name = "EngineInputError";
}

/** One error for everything that a program failed with. It refuses only if nothing in it broke. */
export function programError(
  failures: readonly ProgramFailure[],
  { steps, note }: { readonly steps?: readonly Step[]; readonly note?: string },
): ProgramError {
  const messages = failures.map(({ message }) => message);
  const frames = failures.find((failure) => failure.frames.length > 0)?.frames;
  const text = [...messages, ...(note === undefined ? [] : [note])].join("\n");
  return new ProgramError(
    text,
    frames,
    steps,
    failures.every(({ rejected }) => rejected),
    failures.some(({ timedOut }) => timedOut),
  );
}
