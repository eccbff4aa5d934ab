/** The `-- key: value` comments at the top of a script, or of a block in it. */

import { LOCK_MODES } from "./lock-mode";
import type { Phase, TableLock } from "./script";
import { ScriptError } from "./script-error";
import { isVersion } from "./version";

const name = '(?:[a-z_][a-z0-9_$]*|"[^"]+")';
export const columnName = new RegExp(`^${name}$`, "i");
export const tableName = new RegExp(`^${name}(?:\\.${name})?$`, "i");

export interface HeaderEntry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** The `-- key: value` lines at the top of `lines`, and how many lines that block of comments and blanks has. */
export function readHeader(
  lines: readonly string[],
  firstLine: number,
): { entries: HeaderEntry[]; length: number } {
  const end = lines.findIndex((line) => line.trim() !== "" && !line.trimStart().startsWith("--"));
  const length = end < 0 ? lines.length : end;
  const entries = lines.slice(0, length).flatMap((line, i): HeaderEntry[] => {
    const match = /^--\s*([a-z][a-z-]*):\s*(.*?)\s*$/.exec(line);
    return match ? [{ key: match[1] ?? "", value: match[2] ?? "", line: firstLine + i }] : [];
  });
  return { entries, length };
}

/** One value a key, and no key that nobody knows: a misspelt one would silently do nothing. */
export function readKeys(
  file: string,
  entries: readonly HeaderEntry[],
  allowed: readonly string[],
): Map<string, HeaderEntry> {
  const keys = new Map<string, HeaderEntry>();
  for (const entry of entries) {
    if (!allowed.includes(entry.key)) {
      throw new ScriptError(
        file,
        entry.line,
        `the header key "${entry.key}" is not known here; allowed are ${allowed.join(", ")}. ` +
          "A comment that is no key has no colon after its first word.",
      );
    }
    if (keys.has(entry.key)) throw new ScriptError(file, entry.line, `the header says "${entry.key}" twice.`);
    keys.set(entry.key, entry);
  }
  return keys;
}

export function readLocks(file: string, entry: HeaderEntry | undefined): TableLock[] {
  if (!entry) return [];
  return entry.value.split(",").map((text) => {
    const [table = "", mode = "access exclusive"] = text.trim().split(/\s+in\s+/i);
    const known = LOCK_MODES.find(
      (candidate) => candidate === mode.trim().toUpperCase().replace(/\s+/g, " "),
    );
    if (!tableName.test(table) || !known) {
      throw new ScriptError(
        file,
        entry.line,
        `"${text.trim()}" is no lock; write "table" or "table in <mode>" with a mode of ` +
          `${LOCK_MODES.join(", ").toLowerCase()}.`,
      );
    }
    return { table, mode: known };
  });
}

export function readVersion(file: string, phase: Phase, keys: Map<string, HeaderEntry>): string {
  const key = phase === "expand" ? "needed-by" : "dead-from";
  const entry = keys.get(key);
  if (!entry) {
    const meaning =
      phase === "expand"
        ? "the version that first needs this change"
        : "the first version that no longer uses the old shape";
    throw new ScriptError(file, 1, `the header has no "-- ${key}: 1.2.3" (${meaning}).`);
  }
  if (!isVersion(entry.value)) {
    throw new ScriptError(
      file,
      entry.line,
      `"${entry.value}" is no version: write three numbers, such as -- ${key}: 1.4.0.`,
    );
  }
  return entry.value;
}
