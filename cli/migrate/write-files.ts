import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../usage-error";

interface NewFile {
  readonly file: string;
  readonly text: string;
}

/** Files that are written, but not yet in their folder. */
export interface StagedFiles {
  /** Renames the staging folder to the target folder. If the target has files, only the missing ones are moved. */
  publish(): void;
  discard(): void;
}

function orReject<T>(directory: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      `The folder of the scripts must be writable, got ${directory} (${code}). Nothing was written.`,
    );
  }
}

/**
 * Writes the files to a staging folder beside the target folder, so that an interrupted import leaves no partly written
 * file.
 *
 * @throws InputError if they cannot be written
 */
export function stageFiles(directory: string, files: readonly NewFile[]): StagedFiles {
  const target = resolve(directory);
  const staging = join(dirname(target), `.${basename(target)}.importing`);
  const discard = () => rmSync(staging, { recursive: true, force: true });
  orReject(directory, () => {
    discard();
    mkdirSync(staging, { recursive: true });
    for (const { file, text } of files) writeFileSync(join(staging, file), text);
  });
  return {
    discard,
    publish: () =>
      orReject(directory, () => {
        const present = existsSync(target) ? readdirSync(target) : [];
        if (present.length === 0) {
          renameSync(staging, target);
          return;
        }
        for (const { file } of files) {
          if (!present.includes(file)) renameSync(join(staging, file), join(target, file));
        }
      }),
  };
}
