import { LOCK_MODES } from "./lock-mode";
import { formatName, parseName, truncateName } from "./name";
import type { Phase, TableLock } from "./script";
import { ScriptError } from "./script-error";
import { isVersion, VERSION_FORM } from "./version";

/** A comma with an even number of quotes after it, so outside quoted names. */
const LOCK_SEPARATOR = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/;
const LOCK_PARTS = /^((?:"(?:[^"]|"")*"|[^"\s])+)(?:\s+in\s+(.+))?$/i;

export interface HeaderEntry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** Blanks block comments at the top of the file, such as a license. */
function withoutBlockComments(lines: readonly string[]): readonly string[] {
  let isInside = false;
  let isTop = true;
  return lines.map((line) => {
    if (!isTop) return line;
    if (!isInside && !line.trimStart().startsWith("/*")) {
      isTop = line.trim() === "" || line.trimStart().startsWith("--");
      return line;
    }
    const end = line.indexOf("*/");
    isInside = end < 0;
    return end < 0 ? "" : line.slice(end + 2);
  });
}

/** Reads the header. `length` is the number of comment lines and blank lines at the top of the file. */
export function readHeader(
  lines: readonly string[],
  firstLine: number,
): { entries: HeaderEntry[]; length: number } {
  const visible = withoutBlockComments(lines);
  const end = visible.findIndex((line) => line.trim() !== "" && !line.trimStart().startsWith("--"));
  const length = end < 0 ? lines.length : end;
  const entries = lines.slice(0, length).flatMap((line, i): HeaderEntry[] => {
    const match = /^--\s*([a-z][a-z-]*):(.*)$/.exec(line);
    return match ? [{ key: match[1] ?? "", value: match[2]?.trim() ?? "", line: firstLine + i }] : [];
  });
  return { entries, length };
}

/** Edit distance: the number of letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (b[j - 1] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Keys of the other phase and of backfills, which would have no effect. */
const OTHER_KEYS = [
  "needed-by",
  "dead-from",
  "transaction",
  "locks",
  "backfill",
  "key",
  "batch",
  "remaining",
];

/** The key that was probably meant. Other words with a colon, such as `license:`, are comments. */
function misspelled(key: string, allowed: readonly string[]): string | undefined {
  return allowed.find((known) => distance(key, known) <= (known.length > 5 ? 2 : 1));
}

/** @throws ScriptError for a repeated or misspelled key; a misspelled key would be ignored silently */
export function readKeys(
  file: string,
  entries: readonly HeaderEntry[],
  allowed: readonly string[],
): Map<string, HeaderEntry> {
  const keys = new Map<string, HeaderEntry>();
  for (const entry of entries) {
    if (!allowed.includes(entry.key)) {
      const meant = misspelled(entry.key, allowed);
      if (meant === undefined && !OTHER_KEYS.includes(entry.key)) continue;
      throw new ScriptError(
        file,
        entry.line,
        `the header key must be one of ${allowed.join(", ")}, got "${entry.key}". ` +
          `${meant === undefined ? "Delete it" : `Write ${meant}`}, or, in an ordinary comment, leave out the colon after ` +
          "the first word.",
      );
    }
    if (keys.has(entry.key))
      throw new ScriptError(
        file,
        entry.line,
        `the header must have "${entry.key}" once, got it twice. Delete one of the lines.`,
      );
    keys.set(entry.key, entry);
  }
  return keys;
}

export function readLocks(file: string, entry: HeaderEntry | undefined): TableLock[] {
  if (!entry) return [];
  return entry.value.split(LOCK_SEPARATOR).map((text) => {
    const [, name = "", mode = "access exclusive"] = LOCK_PARTS.exec(text.trim()) ?? [];
    const parts = parseName(name) ?? [];
    const known = LOCK_MODES.find(
      (candidate) => candidate === mode.trim().toUpperCase().replace(/\s+/g, " "),
    );
    if (parts.length < 1 || parts.length > 2 || !known) {
      throw new ScriptError(
        file,
        entry.line,
        `locks must be "table" or "table in <mode>", got "${text.trim()}". ` +
          `The modes are ${LOCK_MODES.join(", ").toLowerCase()}.`,
      );
    }
    return { table: formatName(parts.map((part) => truncateName(part))), mode: known };
  });
}

export function readVersion(file: string, phase: Phase, keys: Map<string, HeaderEntry>): string {
  const key = phase === "expand" ? "needed-by" : "dead-from";
  const entry = keys.get(key);
  if (!entry) {
    const meaning =
      phase === "expand"
        ? "the first version that needs this change"
        : "the first version that no longer uses the old schema";
    throw new ScriptError(file, 1, `${key} must be ${meaning}, got no such line. Add "-- ${key}: 1.2.3".`);
  }
  if (!isVersion(entry.value)) {
    throw new ScriptError(file, entry.line, `${key} must be ${VERSION_FORM}, got "${entry.value}".`);
  }
  return entry.value;
}
