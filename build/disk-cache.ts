/** What takes long to make, kept under a name that says what it was made from. */

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

/** Sources under work change often, and each state of them leaves a file. */
const MOST_FILES = 64;

/** A folder that nothing needs to be there: what is missing in it is made again. */
export class Keep {
  constructor(private readonly folder: string) {}

  /** What was kept under this name, such as `bundles/<sha256>.js`. */
  read(name: string): Buffer | undefined {
    const file = join(this.folder, name);
    try {
      const content = readFileSync(file);
      const now = new Date();
      utimesSync(file, now, now); // Last to go is what is in use.
      return content;
    } catch {
      return undefined;
    }
  }

  /** Lets go of what nobody has used for longest. A folder that cannot be written to keeps nothing. */
  write(name: string, content: string | Uint8Array): void {
    const file = join(this.folder, name);
    try {
      replaceFile(file, content);
      for (const old of leastUsed(dirname(file))) rmSync(old, { force: true });
    } catch {
      // The next one to ask makes it again.
    }
  }

  /** What turned out to be damaged. */
  forget(name: string): void {
    rmSync(join(this.folder, name), { force: true });
  }
}

/** This checkout's; git ignores it, and revisions that `npm run preview` compares share it. */
export const kept = new Keep(join(__dirname, "..", ".changeover"));

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

function leastUsed(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name))
    .map((path) => ({ path, usedMs: statSync(path).mtimeMs }))
    .sort((left, right) => right.usedMs - left.usedMs)
    .slice(MOST_FILES)
    .map(({ path }) => path);
}
