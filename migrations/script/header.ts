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

/** Reads the header. `length` is the number of comment lines and blank lines at the top of the file. */
export function readHeader(
  lines: readonly string[],
  firstLine: number,
): { entries: HeaderEntry[]; length: number } {
  const end = lines.findIndex((line) => line.trim() !== "" && !line.trimStart().startsWith("--"));
  const length = end < 0 ? lines.length : end;
  const entries = lines.slice(0, length).flatMap((line, i): HeaderEntry[] => {
    const match = /^--\s*([a-z][a-z-]*):(.*)$/.exec(line);
    return match ? [{ key: match[1] ?? "", value: match[2]?.trim() ?? "", line: firstLine + i }] : [];
  });
  return { entries, length };
}

/** @throws ScriptError for a repeated or unknown key; an unknown key would be ignored silently */
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
        `the header key must be one of ${allowed.join(", ")}, got "${entry.key}". ` +
          "In an ordinary comment, leave out the colon after the first word.",
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
