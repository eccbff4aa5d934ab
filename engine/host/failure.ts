import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { originalPosition } from "./loader";
import type { ProgramFailure } from "./protocol";
import type { Sdk } from "./sdk";

/** Says what a program threw the way the Pulumi CLI does: the message, and where in the program it came from. */
export function describeFailure(thrown: unknown, sdk: Sdk, rootDirectory: string): ProgramFailure {
  if (!(thrown instanceof Error))
    return { message: `The program threw ${String(thrown)}, which is no Error.`, frames: [] };
  const hidden = hidesStack(thrown, sdk);
  const code = (thrown as NodeJS.ErrnoException).code;
  // Node lists every file on the way to a missing module; the message's first line says which one it is.
  const message = code === "MODULE_NOT_FOUND" ? firstLine(thrown.message) : thrown.message;
  const name = thrown.name === "Error" || hidden || code === "MODULE_NOT_FOUND" ? "" : `${thrown.name}: `;
  const text =
    message === "" ? `The program threw an ${thrown.name} without a message.` : `${name}${message}`;
  return { message: text, frames: hidden ? [] : programFrames(thrown.stack ?? "", rootDirectory) };
}

/** A `RunError`, and a `ResourceError` that asks for it, speak for themselves. */
function hidesStack(thrown: unknown, { pulumi }: Sdk): boolean {
  return (
    pulumi.RunError.isInstance(thrown) ||
    (pulumi.ResourceError.isInstance(thrown) && thrown.hideStack === true)
  );
}

/** The frames that lie in no package and not in Node, with paths as seen from the project. */
export function programFrames(stack: string, rootDirectory: string): string[] {
  const frames: string[] = [];
  for (const line of stack.split("\n")) {
    const match = /^\s+at (?:(.*?) \()?(?:async )?((?:file:\/\/|\/|[A-Z]:\\).*?):(\d+):(\d+)\)?$/.exec(line);
    if (match === null) continue;
    const [, name, location = "", row, column] = match;
    const file = location.startsWith("file:") ? fileURLToPath(location) : location;
    if (file.includes(`${sep}node_modules${sep}`) || file.startsWith(__dirname + sep)) continue;
    const original = originalPosition(file, Number(row), Number(column));
    const position = `${relative(rootDirectory, file)}:${original.line}:${original.column}`;
    const anonymous = name === undefined || name.endsWith("<anonymous>");
    frames.push(anonymous ? position : `${name} (${position})`);
  }
  return frames;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
