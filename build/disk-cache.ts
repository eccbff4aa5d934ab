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

/** The limit of a folder. During development, each change of the sources adds an entry. */
const MAX_ENTRIES = 64;

/** A cache of files, bounded by least recent use. Deleting it is always safe. */
export class DiskCache {
  constructor(private readonly folder: string) {}

  /** @param name a name with the hash of everything that the content depends on, such as `bundles/<sha256>.js` */
  read(name: string): Buffer | undefined {
    const file = join(this.folder, name);
    try {
      const content = readFileSync(file);
      const now = new Date();
      utimesSync(file, now, now); // The modification time is the time of the last use.
      return content;
    } catch {
      return undefined;
    }
  }

  /** Stores a file. If the folder is not writable, the file is not cached, and no error is thrown. */
  write(name: string, content: string | Uint8Array): void {
    const file = join(this.folder, name);
    try {
      replaceFile(file, content);
      for (const old of leastRecentlyUsed(dirname(file))) rmSync(old, { force: true });
    } catch {
      // The content is computed again at the next read.
    }
  }
}

export const cache = new DiskCache(join(__dirname, "..", ".changeover"));

/**
 * Replaces a file atomically: readers see the old or the new content, even if two processes write at the same time.
 */
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
