import { isObject } from "../../aws/json-input";
import type { PropertyChange } from "../../engine/values/property-diff";
import { formatPath, type PropertyPath, parsePath } from "../../engine/values/property-path";
import { MASKED } from "../../engine/values/values";
import { type DiffLine, diffLines } from "./text-diff";

export interface PropertyView extends PropertyChange {
  /** Diff line by line, if the value is a text such as user data, a policy or a script. */
  readonly lines?: readonly DiffLine[];
}

/** Splits an added or removed value into its parts, such as a rule into its ports. */
export function viewParts(change: PropertyChange): PropertyView[] {
  if (change.kind === "update") return [viewProperty(change)];
  const side = change.kind === "add" ? "new" : "old";
  return leaves(parsePath(change.path), change[side]).map(([path, value]) =>
    viewProperty({
      ...change,
      path: formatPath(path),
      [side]: value,
      secret: change.secret || value === MASKED,
    }),
  );
}

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

export function viewProperty(change: PropertyChange): PropertyView {
  const [old, next] = [asText(change.old), asText(change.new)];
  if (change.secret || (old === undefined && next === undefined)) return change;
  // A value that is not shown as several lines is compared as one line.
  const line = (text: string | undefined, value: unknown) =>
    text ?? (value === undefined ? "" : String(value));
  const lines = diffLines(line(old, change.old), line(next, change.new));
  return lines.length > 0 ? { ...change, lines } : change;
}

/**
 * Converts a value to text: decoded base64, pretty-printed JSON, or a text of several lines. Undefined for all other
 * values.
 */
function asText(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const decoded = decodeBase64(value);
  if (decoded !== undefined) return asText(decoded) ?? decoded;
  const json = parseJson(value);
  if (json !== undefined) return JSON.stringify(json, undefined, 2);
  return value.trimEnd().includes("\n") ? value.split("\n").flatMap(unfoldFile).join("\n") : undefined;
}

/** Decodes base64. Short values are not decoded, because words can be valid base64 by chance. */
function decodeBase64(value: string): string | undefined {
  if (value.length < 24 || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return undefined;
  const text = Buffer.from(value, "base64").toString("utf8");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters mean that it is not a text.
  return /[\uFFFD\x00-\x08\x0e-\x1f]/.test(text) ? undefined : text;
}

function parseJson(value: string): object | undefined {
  if (!/^\s*[[{]/.test(value)) return undefined;
  try {
    const json: unknown = JSON.parse(value);
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined; // The text only starts like JSON.
  }
}

/** Formats a file of a cloud-config, which is JSON on one line, as YAML with the file's content line by line. */
function unfoldFile(line: string): string[] {
  const match = /^(\s*- )(\{.*\})$/.exec(line);
  const json = match === null ? undefined : parseJson(match[2] ?? "");
  if (match === null || json === undefined) return [line];
  return Object.entries(json).flatMap(([key, value], index) => {
    const prefix = index === 0 ? (match[1] ?? "") : " ".repeat(match[1]?.length ?? 0);
    if (typeof value !== "string" || !value.includes("\n"))
      return [`${prefix}${key}: ${JSON.stringify(value)}`];
    const content = value.trimEnd().split("\n");
    return [`${prefix}${key}: |`, ...content.map((text) => `${" ".repeat(prefix.length + 2)}${text}`)];
  });
}
