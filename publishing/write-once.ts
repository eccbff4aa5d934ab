import { linkSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file unless it exists. Readers see the complete file or none.
 *
 * @returns false if the file exists
 */
export function writeOnce(file: string, content: string): boolean {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
