import {
  closeSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { PreviewInputError } from "../preview-input-error";
import { currentProcess, isDead, isSameOwner, type ProcessOwner, parseOwner } from "./process-owner";

const PREFIX = "changeover-preview-";
const OWNER_FILE = "owner";
/** File in the folder of a dead process: another process is removing it. */
const REMOVAL_FILE = "cleared";
const STABLE_NAMES = 8;

/**
 * Creates a folder for this process, and removes those that killed processes have left.
 *
 * Its name stays the same from one preview to the next, unless another one is running, because the cache of tsx goes by
 * path.
 *
 * @throws PreviewInputError when the folder cannot be created
 */
export function makeTemporaryFolder(): string {
  const parent = tmpdir();
  let folder = "";
  try {
    const prefix = join(realpathSync(parent), PREFIX);
    folder = mkdtempSync(prefix);
    writeFileSync(join(folder, OWNER_FILE), JSON.stringify(currentProcess()));
    removeOrphans(folder);
    return withStableName(prefix, folder);
  } catch (error) {
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
    throw new PreviewInputError(
      `TMPDIR must be a writable folder, got ${parent} (${(error as Error).message}). Free space in it or set another TMPDIR.`,
    );
  }
}

/** Tests for a path in a preview's temporary folder, existing or not. */
export function isTemporary(path: string, own: string): boolean {
  const folder = dirname(path);
  return basename(folder).startsWith(PREFIX) && dirname(folder) === dirname(own);
}

/** Renaming onto a folder with files fails, so two previews never get the same name. */
function withStableName(prefix: string, folder: string): string {
  for (let number = 1; number <= STABLE_NAMES; number++) {
    try {
      renameSync(folder, `${prefix}${number}`);
      return `${prefix}${number}`;
    } catch {
      // Taken by another preview.
    }
  }
  return folder;
}

/** Moves them into the own folder first: if this process is killed, one folder is left. */
function removeOrphans(own: string): void {
  const parent = dirname(own);
  for (const name of readdirSync(parent).filter((each) => each.startsWith(PREFIX))) {
    const folder = join(parent, name);
    const dead = ownerOf(folder);
    if (dead === undefined || !isDead(dead)) continue;
    try {
      // Only one process passes the exclusive open, and the name may belong to a new preview by now.
      closeSync(openSync(join(folder, REMOVAL_FILE), "wx"));
      if (!isSameOwner(ownerOf(folder), dead)) {
        rmSync(join(folder, REMOVAL_FILE), { force: true });
        continue;
      }
      renameSync(folder, join(own, name));
      rmSync(join(own, name), { recursive: true, force: true, maxRetries: 3 });
    } catch {}
  }
}

/** Undefined for a folder of another user, or one that is just being created. */
function ownerOf(folder: string): ProcessOwner | undefined {
  try {
    if (process.getuid !== undefined && lstatSync(folder).uid !== process.getuid()) return undefined;
    return parseOwner(readFileSync(join(folder, OWNER_FILE), "utf8"));
  } catch {
    return undefined;
  }
}
