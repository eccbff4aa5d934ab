import { ProgramError, type Step } from "../deploy/engine";
import type { ProgramFailure } from "./protocol";

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
    failures.every(({ refused }) => refused),
    failures.some(({ late }) => late),
  );
}
