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
import { isDead, isSameOwner, type Owner, owner, parseOwner } from "./process-owner";

const PREFIX = "changeover-preview-";
/** In each folder: the process that it belongs to. */
const OWNER = "owner";
/** In the folder of a dead process: that somebody is clearing it away. */
const CLEARED = "cleared";
const LASTING_NAMES = 8;

/**
 * Makes a folder that is this process's own, and clears away what others left there that were killed.
 * Its name is the same from one preview to the next, as tsx knows what it has compiled before by the path; it is another
 * one only beside a preview that still runs.
 * @throws PreviewInputError when there is no room for it.
 */
export function makeTemporaryFolder(): string {
  const parent = tmpdir();
  let folder = "";
  try {
    const prefix = join(realpathSync(parent), PREFIX);
    folder = mkdtempSync(prefix);
    writeFileSync(join(folder, OWNER), JSON.stringify(owner()));
    clearDead(folder);
    return withLastingName(prefix, folder);
  } catch (error) {
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
    const why = (error as Error).message;
    throw new PreviewInputError(
      `The folder for temporary files, ${parent}, cannot be used: ${why}. Make room in it, or name another in TMPDIR.`,
    );
  }
}

/** Whether a path lies, or lay, in such a folder beside ours, or in ours. */
export function isTemporary(path: string, ours: string): boolean {
  const folder = dirname(path);
  return basename(folder).startsWith(PREFIX) && dirname(folder) === dirname(ours);
}

/** A folder that holds something is never replaced, so that two previews do not get the same name. */
function withLastingName(prefix: string, folder: string): string {
  for (let number = 1; number <= LASTING_NAMES; number++) {
    try {
      renameSync(folder, `${prefix}${number}`);
      return `${prefix}${number}`;
    } catch {
      // It belongs to another one.
    }
  }
  return folder;
}

/** Takes the folders of dead processes into ours, and away from there: then killing us leaves one folder, ours. */
function clearDead(ours: string): void {
  const parent = dirname(ours);
  for (const name of readdirSync(parent).filter((each) => each.startsWith(PREFIX))) {
    const folder = join(parent, name);
    const dead = ownerOf(folder);
    if (dead === undefined || !isDead(dead)) continue;
    try {
      // One of several that look at it gets further, and by now its name may be another's.
      closeSync(openSync(join(folder, CLEARED), "wx"));
      if (!isSameOwner(ownerOf(folder), dead)) {
        rmSync(join(folder, CLEARED), { force: true });
        continue;
      }
      renameSync(folder, join(ours, name));
      rmSync(join(ours, name), { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // Somebody else is at it.
    }
  }
}

/** Undefined for what is not ours, or only just being made. */
function ownerOf(folder: string): Owner | undefined {
  try {
    if (process.getuid !== undefined && lstatSync(folder).uid !== process.getuid()) return undefined;
    return parseOwner(readFileSync(join(folder, OWNER), "utf8"));
  } catch {
    return undefined;
  }
}
