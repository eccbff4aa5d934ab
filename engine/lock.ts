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
import { EngineInputError } from "./engine";

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
      writeSync(file, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = readOwner(path);
      if (attempt === 2 || owner === undefined || isAlive(owner.pid)) {
        const who = owner === undefined ? "another process" : `process ${owner.pid} since ${owner.since}`;
        throw new EngineInputError(
          `The stack is being updated by ${who}. Wait for it; if no such update runs, remove ${path}.`,
        );
      }
      takeAway(path, owner.pid);
    }
  }
  throw new Error("unreachable");
}

/** Removes a stale lock, unless someone else has done so meanwhile and holds the lock by now. */
function takeAway(path: string, stalePid: number): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readOwner(aside)?.pid !== stalePid) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function readOwner(path: string): { pid: number; since: string } | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(path, "utf8"));
    const { pid, since } = owner as { pid?: unknown; since?: unknown };
    return typeof pid === "number" && typeof since === "string" ? { pid, since } : undefined;
  } catch {
    // Its owner has just opened it and not written yet, or it was removed meanwhile.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
