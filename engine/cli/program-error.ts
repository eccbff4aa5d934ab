import { programFrames } from "../program/failure";

/** Parses the CLI's error text for a failed program. There are no stack frames if the program threw a `RunError`. */
export function readProgramError(text: string, directory: string): { message: string; frames: string[] } {
  const thrown = text.replace(/^Running program '[^\n]*' failed with an unhandled exception:\n/, "");
  if (thrown === text) return { message: text, frames: [] };
  const [message = ""] = thrown.split(/\n\s+at /, 1);
  return { message: message.replace(/^Error: /, "").trim(), frames: programFrames(thrown, directory) };
}
