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
/** File that marks the folder of a dead process, while another process removes the folder. */
const REMOVAL_FILE = "cleared";
const STABLE_NAMES = 8;

/**
 * Creates a folder for this process, and removes the folders that killed processes have left.
 *
 * Consecutive previews use the same path, because the cache of tsx depends on it. Previews that run at the same time
 * use different paths.
 *
 * @throws PreviewInputError if the folder cannot be created
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

/** True for a path in the temporary folder of a preview, even if the path does not exist. */
export function isTemporary(path: string, own: string): boolean {
  const folder = dirname(path);
  return basename(folder).startsWith(PREFIX) && dirname(folder) === dirname(own);
}

/**
 * Renames the folder to the first free name. Two previews never get the same name, because a folder with files cannot
 * be replaced by renaming.
 */
function withStableName(prefix: string, folder: string): string {
  for (let number = 1; number <= STABLE_NAMES; number++) {
    try {
      renameSync(folder, `${prefix}${number}`);
      return `${prefix}${number}`;
    } catch {
      // Another preview uses this name.
    }
  }
  return folder;
}

/**
 * Removes the folders of dead processes. Each one is first moved into this process's folder, so that only one folder
 * is left if this process is killed.
 */
function removeOrphans(own: string): void {
  const parent = dirname(own);
  for (const name of readdirSync(parent).filter((each) => each.startsWith(PREFIX))) {
    const folder = join(parent, name);
    const dead = ownerOf(folder);
    if (dead === undefined || !isDead(dead)) continue;
    try {
      // The exclusive mode `wx` fails for all processes but one. The owner is checked again, because a new preview
      // may already use this name.
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

/** Reads the owner of a folder. Undefined if the folder belongs to another user, or is just being created. */
function ownerOf(folder: string): ProcessOwner | undefined {
  try {
    if (process.getuid !== undefined && lstatSync(folder).uid !== process.getuid()) return undefined;
    return parseOwner(readFileSync(join(folder, OWNER_FILE), "utf8"));
  } catch {
    return undefined;
  }
}
