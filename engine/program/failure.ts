import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sdk } from "./load-sdk";
import { originalPosition } from "./module-loader";
import type { ProgramFailure } from "./protocol";

/** Says what a program threw the way the Pulumi CLI does: the message, and where in the program it came from. */
export function describeFailure(thrown: unknown, sdk: Sdk, rootDirectory: string): ProgramFailure {
  if (!(thrown instanceof Error)) {
    const message = `The program threw ${String(thrown)}, which is no Error.`;
    return { message, frames: [], rejected: false };
  }
  const refusal = refusalOf(thrown, sdk);
  if (refusal !== undefined) return { message: refusal || nameless(thrown), frames: [], rejected: true };
  const code = (thrown as NodeJS.ErrnoException).code;
  // Node lists every file on the way to a missing module; the message's first line says which one it is.
  const message = code === "MODULE_NOT_FOUND" ? firstLine(thrown.message) : thrown.message;
  const name = thrown.name === "Error" || code === "MODULE_NOT_FOUND" ? "" : `${thrown.name}: `;
  const text = message === "" ? nameless(thrown) : `${name}${message}`;
  const frames = programFrames(thrown.stack ?? "", rootDirectory);
  const places =
    frames.length === 0 && code === "MODULE_NOT_FOUND" ? requirer(thrown, rootDirectory) : frames;
  return { message: text, frames: places, rejected: false };
}

/** The program's file that asks for a missing module: often the stack ends in Node, before it gets there. */
function requirer(thrown: Error & { requireStack?: readonly string[] }, rootDirectory: string): string[] {
  const file = thrown.requireStack?.find(isOfProgram);
  return file === undefined ? [] : [relative(rootDirectory, file)];
}

function isOfProgram(file: string): boolean {
  return !file.includes(`${sep}node_modules${sep}`) && !file.startsWith(__dirname + sep);
}

/**
 * The message of an error that says no, and undefined for one that breaks. Pulumi has kinds of its own for it: a
 * `RunError` (which every error of `Config` is) or a `ResourceError` without its stack ends a program with a message
 * alone, an `InputPropertyError` names an input that is not valid. An error class of the program's, or of a package's,
 * counts when its objects have a `refusal`.
 */
function refusalOf(thrown: unknown, { pulumi }: Sdk): string | undefined {
  if (pulumi.RunError.isInstance(thrown)) return thrown.message;
  if (pulumi.ResourceError.isInstance(thrown) && thrown.hideStack === true) return thrown.message;
  // Older SDKs have neither of the next two.
  if (pulumi.InputPropertyError?.isInstance(thrown)) return invalidInput(thrown);
  if (pulumi.InputPropertiesError?.isInstance(thrown)) {
    return [thrown.message, ...(thrown.errors ?? []).map(invalidInput)].filter(Boolean).join("\n");
  }
  return thrown instanceof Error && "refusal" in thrown && thrown.refusal ? thrown.message : undefined;
}

function invalidInput({ propertyPath, reason }: { propertyPath: string; reason: string }): string {
  return propertyPath ? `${propertyPath}: ${reason}` : reason;
}

function nameless({ name }: Error): string {
  return `The program threw an ${name} without a message.`;
}

/** The frames that lie in no package and not in Node, with paths as seen from the project. */
export function programFrames(stack: string, rootDirectory: string): string[] {
  const frames: string[] = [];
  for (const line of stack.split("\n")) {
    const match = /^\s+at (?:(.*?) \()?(?:async )?((?:file:\/\/|\/|[A-Z]:\\).*?):(\d+):(\d+)\)?$/.exec(line);
    if (match === null) continue;
    const [, name, location = "", row, column] = match;
    const file = location.startsWith("file:") ? fileURLToPath(location) : location;
    if (!isOfProgram(file)) continue;
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
