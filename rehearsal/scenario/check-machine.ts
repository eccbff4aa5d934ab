import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A machine on which no rehearsal can run; the message says what it lacks. */
export class MachineError extends Error {
  override readonly name = "MachineError";
}

/** Free space in the temporary folder that a rehearsal of four releases needs, in MiB: mostly the database. */
export const NEEDED_MIB = 500;

const CHECKOUT = join(__dirname, "..", "..");
/** Folders of the checkout into which a program builds functions and versions. */
const BUILT = ["components/bundles", "dist"];

interface Machine {
  /** @default the checkout of this package */
  readonly checkout?: string;
  /** Free space of a folder, in MiB. @default the file system's */
  readonly freeMib?: (folder: string) => number;
  /** Throws if a folder cannot be written to. @default asks the file system */
  readonly checkWritable?: (folder: string) => void;
}

/** @throws MachineError with every problem, before anything is started */
export function checkMachine({
  checkout = CHECKOUT,
  freeMib = freeSpaceMib,
  checkWritable = (folder) => accessSync(folder, constants.W_OK),
}: Machine = {}): void {
  const issues = BUILT.flatMap((folder) => notWritable(join(checkout, folder), checkWritable) ?? []).slice(
    0,
    1,
  );
  const free = freeMib(tmpdir());
  if (free < NEEDED_MIB) {
    issues.push(
      `TMPDIR must have ${NEEDED_MIB} MiB of free space, got ${Math.floor(free)} MiB in ${tmpdir()}. ` +
        "Free some, or set TMPDIR to another folder.",
    );
  }
  if (issues.length > 0) throw new MachineError(issues.join("\n"));
}

function notWritable(folder: string, checkWritable: (folder: string) => void): string | undefined {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    checkWritable(existing);
    return undefined;
  } catch (error) {
    return (
      `The checkout must be a folder that can be written to, got ${existing} (${(error as NodeJS.ErrnoException).code}). ` +
      "Functions and versions are built into it: copy it to another folder."
    );
  }
}

function freeSpaceMib(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / 1024 ** 2;
}
