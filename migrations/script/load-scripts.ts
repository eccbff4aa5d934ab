import { isUtf8 } from "node:buffer";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseScript } from "./parse-script";
import type { MigrationScript } from "./script";
import { ScriptError } from "./script-error";
import { checkSequence } from "./sequence";

/** Reads all scripts of a folder, in their order. @throws ScriptError; other files than .sql are left alone */
export function loadScripts(directory: string): MigrationScript[] {
  if (!existsSync(directory)) {
    throw new ScriptError(directory, 0, "there is no such folder; it holds the migration scripts.");
  }
  const files = readdirSync(directory).filter((file) => /\.sql$/i.test(file));
  return checkSequence(files.map((file) => parseScript(file, readText(directory, file))));
}

/** Bytes that are no text would be stored as something else, without a word. */
function readText(directory: string, file: string): string {
  const bytes = readFileSync(join(directory, file));
  const marks: [mark: number[], encoding: string][] = [
    [[0xef, 0xbb, 0xbf], "a byte order mark"],
    [[0xff, 0xfe], "UTF-16's byte order mark"],
    [[0xfe, 0xff], "UTF-16's byte order mark"],
  ];
  const found = marks.find(([mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (found)
    throw new ScriptError(file, 1, `the file begins with ${found[1]}; save it as UTF-8 without one.`);
  const text = bytes.toString("utf8");
  const lineOf = (character: string) => text.slice(0, text.indexOf(character)).split("\n").length;
  if (!isUtf8(bytes)) {
    throw new ScriptError(file, lineOf("\ufffd"), "a byte is not UTF-8; save the file as UTF-8.");
  }
  if (text.includes("\0"))
    throw new ScriptError(file, lineOf("\0"), "a NUL byte; save the file as UTF-8 text.");
  return text;
}
