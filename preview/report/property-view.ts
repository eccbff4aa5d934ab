import type { PropertyChange } from "../../engine/values/property-diff";
import { formatPath, type PropertyPath, parsePath } from "../../engine/values/property-path";
import { MASKED } from "../../engine/values/values";
import { isObject } from "../compare/comparison";
import { type DiffLine, diffLines } from "./text-diff";

/** A property as people read it. */
export interface PropertyView extends PropertyChange {
  /** The difference line by line, where the value is a text that is folded into one: user data, a policy, a script. */
  readonly lines?: readonly DiffLine[];
}

/** A difference as people read it: what comes or goes as a whole, such as a rule with its ports, part by part. */
export function readableParts(change: PropertyChange): PropertyView[] {
  if (change.kind === "update") return [readable(change)];
  const side = change.kind === "add" ? "new" : "old";
  return leaves(parsePath(change.path), change[side]).map(([path, value]) =>
    readable({
      ...change,
      path: formatPath(path),
      [side]: value,
      secret: change.secret || value === MASKED,
    }),
  );
}

/** What a value is made of. A list of plain values is one thing. */
function leaves(path: PropertyPath, value: unknown): [PropertyPath, unknown][] {
  const parts =
    Array.isArray(value) && value.some((item) => typeof item === "object" && item !== null)
      ? [...value.entries()]
      : isObject(value)
        ? Object.entries(value)
        : [];
  if (parts.length === 0) return [[path, value]];
  return parts.flatMap(([key, part]) => leaves([...path, key], part));
}

/** Shows user data, policies and other texts as what they are, instead of as one long line. */
export function readable(change: PropertyChange): PropertyView {
  const [old, next] = [asText(change.old), asText(change.new)];
  if (change.secret || (old === undefined && next === undefined)) return change;
  // A value that became a text, or was one, is shown as the one line that it is on the other side.
  const line = (text: string | undefined, value: unknown) =>
    text ?? (value === undefined ? "" : String(value));
  const lines = diffLines(line(old, change.old), line(next, change.new));
  return lines.length > 0 ? { ...change, lines } : change;
}

/** The text in a value: decoded base64, pretty JSON, or a text of several lines. Undefined for a plain value. */
function asText(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const decoded = decode(value);
  if (decoded !== undefined) return asText(decoded) ?? decoded;
  const json = parse(value);
  if (json !== undefined) return JSON.stringify(json, undefined, 2);
  return value.trimEnd().includes("\n") ? value.split("\n").flatMap(unfold).join("\n") : undefined;
}

/** Base64 of a readable text. Short words are base64 by chance. */
function decode(value: string): string | undefined {
  if (value.length < 24 || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return undefined;
  const text = Buffer.from(value, "base64").toString("utf8");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what holds control characters is no text.
  return /[\uFFFD\x00-\x08\x0e-\x1f]/.test(text) ? undefined : text;
}

function parse(value: string): object | undefined {
  if (!/^\s*[[{]/.test(value)) return undefined;
  try {
    const json: unknown = JSON.parse(value);
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined; // A text that only begins like JSON.
  }
}

/** A file in cloud-config is one line of JSON: shown as its keys, and its content line by line. */
function unfold(line: string): string[] {
  const match = /^(\s*- )(\{.*\})$/.exec(line);
  const json = match === null ? undefined : parse(match[2] ?? "");
  if (match === null || json === undefined) return [line];
  return Object.entries(json).flatMap(([key, value], index) => {
    const prefix = index === 0 ? (match[1] ?? "") : " ".repeat(match[1]?.length ?? 0);
    if (typeof value !== "string" || !value.includes("\n"))
      return [`${prefix}${key}: ${JSON.stringify(value)}`];
    const content = value.trimEnd().split("\n");
    return [`${prefix}${key}: |`, ...content.map((text) => `${" ".repeat(prefix.length + 2)}${text}`)];
  });
}
