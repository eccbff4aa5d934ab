import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sdk } from "./load-sdk";
import type { ProgramFailure, RejectionIssue } from "./protocol";

/**
 * Describes a thrown value in the form of the Pulumi CLI: the message, and the stack frames in the program's own
 * files.
 */
export function describeFailure(thrown: unknown, sdk: Sdk, rootDirectory: string): ProgramFailure {
  if (!(thrown instanceof Error)) {
    const message = `The program threw ${String(thrown)}, which is not an Error.`;
    return { message, frames: [], rejected: false };
  }
  const rejection = rejectionOf(thrown, sdk);
  if (rejection !== undefined) {
    const message = rejection || withoutMessage(thrown);
    return { message, frames: [], rejected: true, issues: issuesOf(thrown, message, sdk) };
  }
  const code = (thrown as NodeJS.ErrnoException).code;
  // Node.js adds the files that required the missing module to the message, after its first line.
  const message = code === "MODULE_NOT_FOUND" ? firstLine(thrown.message) : thrown.message;
  const name = thrown.name === "Error" || code === "MODULE_NOT_FOUND" ? "" : `${thrown.name}: `;
  const text = message === "" ? withoutMessage(thrown) : `${name}${message}`;
  const frames = programFrames(thrown.stack ?? "", rootDirectory);
  const places =
    frames.length === 0 && code === "MODULE_NOT_FOUND" ? requirer(thrown, rootDirectory) : frames;
  return { message: text, frames: places, rejected: false };
}

/** Finds the program's file that requires a missing module. The stack trace often contains only files of Node.js. */
function requirer(thrown: Error & { requireStack?: readonly string[] }, rootDirectory: string): string[] {
  const file = thrown.requireStack?.find(isProgramFile);
  return file === undefined ? [] : [relative(rootDirectory, file)];
}

/** Folders of the engine itself, whose frames do not help. */
const OWN_FOLDERS = [__dirname, join(__dirname, "..", "..", "build", "start")];

function isProgramFile(file: string): boolean {
  return (
    !file.includes(`${sep}node_modules${sep}`) && !OWN_FOLDERS.some((folder) => file.startsWith(folder + sep))
  );
}

/**
 * The message of a validation error; undefined for any other error. Validation errors are Pulumi's `RunError` (which
 * includes all errors of `Config`), a `ResourceError` that hides its stack, `InputPropertyError` and
 * `InputPropertiesError`.
 */
function rejectionOf(thrown: unknown, { pulumi }: Sdk): string | undefined {
  if (pulumi.RunError.isInstance(thrown)) return thrown.message;
  if (pulumi.ResourceError.isInstance(thrown) && thrown.hideStack === true) return thrown.message;
  // Older SDKs lack `InputPropertyError` and `InputPropertiesError`.
  if (pulumi.InputPropertyError?.isInstance(thrown)) return invalidInput(thrown);
  if (pulumi.InputPropertiesError?.isInstance(thrown)) {
    return [thrown.message, ...(thrown.errors ?? []).map(invalidInput)].filter(Boolean).join("\n");
  }
  return undefined;
}

/**
 * The reasons of a validation error: its `issues`, the errors of an `InputPropertiesError`, or its lines. An indented line
 * continues the one above.
 */
function issuesOf(thrown: Error & { issues?: unknown }, message: string, { pulumi }: Sdk): RejectionIssue[] {
  if (Array.isArray(thrown.issues) && thrown.issues.length > 0 && thrown.issues.every(isIssue)) {
    return thrown.issues.map(({ key, text, remedy }) => ({ key, text, remedy }));
  }
  if (pulumi.InputPropertiesError?.isInstance(thrown) && thrown.errors?.length) {
    return thrown.errors.map(({ propertyPath, reason }) => ({
      key: propertyPath || undefined,
      text: reason,
    }));
  }
  return message.split(/\n(?=\S)/).map((text) => ({ text }));
}

function isIssue(value: unknown): value is RejectionIssue {
  const { key, text, remedy } = (value ?? {}) as Partial<Record<string, unknown>>;
  const isOptionalText = (each: unknown) => each === undefined || typeof each === "string";
  return typeof text === "string" && isOptionalText(key) && isOptionalText(remedy);
}

function invalidInput({ propertyPath, reason }: { propertyPath: string; reason: string }): string {
  return propertyPath ? `${propertyPath}: ${reason}` : reason;
}

function withoutMessage({ name }: Error): string {
  return `The program threw an ${name} without a message.`;
}

export function programFrames(stack: string, rootDirectory: string): string[] {
  const frames: string[] = [];
  for (const line of stack.split("\n")) {
    const match = /^\s+at (?:(.*?) \()?(?:async )?((?:file:\/\/|\/|[A-Z]:\\).*?):(\d+):(\d+)\)?$/.exec(line);
    if (match === null) continue;
    const [, name, location = "", row, column] = match;
    const file = location.startsWith("file:") ? fileURLToPath(location) : location;
    if (!isProgramFile(file)) continue;
    const position = `${relative(rootDirectory, file)}:${row}:${column}`;
    const anonymous = name === undefined || name.endsWith("<anonymous>");
    frames.push(anonymous ? position : `${name} (${position})`);
  }
  return frames;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
