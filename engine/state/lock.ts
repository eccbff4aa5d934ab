import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { isDead, isSameOwner, type Owner, owner, parseOwner } from "../../preview/checkout/process-owner";
import { EngineInputError } from "../program/program-error";

/**
 * Keeps two updates of one stack apart by a file that names its owner. A lock whose process is gone is taken over.
 * Returns what releases it.
 */
export function lockState(stateFile: string): () => void {
  const path = `${stateFile}.lock`;
  mkdirSync(dirname(path), { recursive: true });
  // Twice at most: a stale lock is removed, and whoever is faster then has it.
  for (const attempt of [1, 2]) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, JSON.stringify({ ...owner(), since: new Date().toISOString() }));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const lock = readLock(path);
      if (attempt === 2 || lock === undefined || !isDead(lock.owner)) {
        const who = lock === undefined ? "another process" : `process ${lock.owner.pid} since ${lock.since}`;
        throw new EngineInputError(
          `The stack is being updated by ${who}. Wait for it; if no such update runs, remove ${path}.`,
        );
      }
      takeAway(path, lock.owner);
    }
  }
  throw new Error("unreachable");
}

/** Removes a stale lock, unless someone else has done so meanwhile and holds the lock by now. */
function takeAway(path: string, stale: Owner): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (!isSameOwner(readLock(aside)?.owner, stale)) linkSync(aside, path);
  rmSync(aside, { force: true });
}

/** Undefined for one that its owner has only just opened, and for one that is gone. */
function readLock(path: string): { owner: Owner; since: unknown } | undefined {
  try {
    const text = readFileSync(path, "utf8");
    const found = parseOwner(text);
    return found && { owner: found, since: (JSON.parse(text) as { since?: unknown }).since };
  } catch {
    return undefined;
  }
}
