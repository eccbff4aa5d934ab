import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Per folder: every state of sources under work leaves an entry. */
const MAX_ENTRIES = 64;

/** A cache of files, bounded by least recent use. Deleting it is always safe. */
export class DiskCache {
  constructor(private readonly folder: string) {}

  /** @param name with the hash of everything that the content depends on, such as `bundles/<sha256>.js` */
  read(name: string): Buffer | undefined {
    const file = join(this.folder, name);
    try {
      const content = readFileSync(file);
      const now = new Date();
      utimesSync(file, now, now); // Least recent use is by modification time.
      return content;
    } catch {
      return undefined;
    }
  }

  /** A folder that cannot be written to is no error: nothing is cached then. */
  write(name: string, content: string | Uint8Array): void {
    const file = join(this.folder, name);
    try {
      replaceFile(file, content);
      for (const old of leastRecentlyUsed(dirname(file))) rmSync(old, { force: true });
    } catch {
      // The next reader computes it again.
    }
  }

  forget(name: string): void {
    rmSync(join(this.folder, name), { force: true });
  }
}

export const cache = new DiskCache(join(__dirname, "..", ".changeover"));

/** Readers see the old file or the new one, never a part, also when two processes write at once. */
export function replaceFile(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function leastRecentlyUsed(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name))
    .map((path) => ({ path, usedMs: statSync(path).mtimeMs }))
    .sort((left, right) => right.usedMs - left.usedMs)
    .slice(MAX_ENTRIES)
    .map(({ path }) => path);
}
