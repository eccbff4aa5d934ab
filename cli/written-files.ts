import { relative } from "node:path";
import { formatJson } from "./command";

/** Formats the result of a command that writes files: their paths, one per line or as JSON. */
export function writtenFiles(files: readonly string[], json: boolean): string {
  const paths = files.map((file) => relative(process.cwd(), file));
  return json ? formatJson({ files: paths }) : paths.map((path) => `${path}\n`).join("");
}
