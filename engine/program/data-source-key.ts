import { createHash } from "node:crypto";
import { printable } from "../values/property-diff";
import type { Properties } from "../values/values";

const MAX_CHARACTERS = 80;

/**
 * Identifies a data source call on one line, such as `getVpc(default=true)`. Equal calls have equal keys. The key
 * contains no character that JSON or `<>` would need to escape.
 */
export function dataSourceKey(token: string, args: Properties): string {
  const name = token.split(":").pop() ?? token;
  const text = Object.entries(args)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${plain(printable(value))}`)
    .join(",");
  if (text === "") return name;
  const all = text.replace(/[^\x21-\x7e]|[<>"'\\]/g, "");
  if (all.length <= MAX_CHARACTERS) return `${name}(${all})`;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return `${name}(${all.slice(0, MAX_CHARACTERS)}~${hash})`;
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${key}=${plain(each)}`)
    .join(",")}}`;
}
