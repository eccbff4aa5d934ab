/** The `-- key: value` comments at the top of a script, or of a block in it. */

import type { Phase } from "./script";
import { ScriptError } from "./script-error";
import { isVersion } from "./version";

/** A table lock that the script takes, in the words of PostgreSQL's LOCK statement. */
export interface TableLock {
  /** As written: `patients` or `public.patients`. */
  readonly table: string;
  /** `ACCESS EXCLUSIVE` unless the header says otherwise. */
  readonly mode: string;
}

/** In the order of LOCKMODE in lockdefs.h, from 1: each conflicts with more than the one before. */
export const lockModes = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

const name = '(?:[a-z_][a-z0-9_$]*|"[^"]+")';
export const columnName = new RegExp(`^${name}$`, "i");
export const tableName = new RegExp(`^${name}(?:\\.${name})?$`, "i");

export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** The `-- key: value` lines at the top of `lines`, and how many lines that block of comments and blanks has. */
export function readHeader(
  lines: readonly string[],
  firstLine: number,
): { entries: Entry[]; length: number } {
  const end = lines.findIndex((line) => line.trim() !== "" && !line.trimStart().startsWith("--"));
  const length = end < 0 ? lines.length : end;
  const entries = lines.slice(0, length).flatMap((line, i): Entry[] => {
    const match = /^--\s*([a-z][a-z-]*):\s*(.*?)\s*$/.exec(line);
    return match ? [{ key: match[1] ?? "", value: match[2] ?? "", line: firstLine + i }] : [];
  });
  return { entries, length };
}

/** One value a key, and no key that nobody knows: a misspelt one would silently do nothing. */
export function readKeys(
  file: string,
  entries: readonly Entry[],
  allowed: readonly string[],
): Map<string, Entry> {
  const keys = new Map<string, Entry>();
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

export function readLocks(file: string, entry: Entry | undefined): TableLock[] {
  if (!entry) return [];
  return entry.value.split(",").map((text) => {
    const [table = "", mode = "access exclusive"] = text.trim().split(/\s+in\s+/i);
    const known = lockModes.find((candidate) => candidate === mode.trim().toUpperCase().replace(/\s+/g, " "));
    if (!tableName.test(table) || !known) {
      throw new ScriptError(
        file,
        entry.line,
        `"${text.trim()}" is no lock; write "table" or "table in <mode>" with a mode of ` +
          `${lockModes.join(", ").toLowerCase()}.`,
      );
    }
    return { table, mode: known };
  });
}

export function readVersion(file: string, phase: Phase, keys: Map<string, Entry>): string {
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
