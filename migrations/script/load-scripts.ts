import { isUtf8 } from "node:buffer";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseScript } from "./parse-script";
import type { MigrationScript } from "./script";
import { forEachScript, ScriptError } from "./script-error";
import { checkSequence } from "./sequence";

/**
 * Reads the scripts of a folder in the order of {@link checkSequence}. Files whose name does not end in .sql are
 * ignored.
 *
 * @throws ScriptError with the problems of all files
 */
export function loadScripts(directory: string): MigrationScript[] {
  if (!existsSync(directory)) {
    throw new ScriptError(
      directory,
      0,
      "the folder of the migration scripts must exist. Create it, or name another one.",
    );
  }
  const files = readdirSync(directory).filter((file) => /\.sql$/i.test(file));
  return checkSequence(forEachScript(files, (file) => parseScript(file, readText(directory, file))));
}

/** Reads a file and rejects bytes that are not UTF-8, which Node.js would replace silently. */
function readText(directory: string, file: string): string {
  const bytes = readFileSync(join(directory, file));
  const marks: [mark: number[], encoding: string][] = [
    [[0xef, 0xbb, 0xbf], "a byte order mark"],
    [[0xff, 0xfe], "UTF-16's byte order mark"],
    [[0xfe, 0xff], "UTF-16's byte order mark"],
  ];
  const found = marks.find(([mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (found)
    throw new ScriptError(file, 1, `the file must not begin with ${found[1]}. Save it as UTF-8 without one.`);
  const text = bytes.toString("utf8");
  const lineOf = (character: string) => text.slice(0, text.indexOf(character)).split("\n").length;
  if (!isUtf8(bytes)) {
    throw new ScriptError(
      file,
      lineOf("\ufffd"),
      "the file must be UTF-8, got another byte. Save it as UTF-8.",
    );
  }
  if (text.includes("\0"))
    throw new ScriptError(
      file,
      lineOf("\0"),
      "the file must be UTF-8 text, got a NUL byte. Save it as UTF-8.",
    );
  return text;
}
