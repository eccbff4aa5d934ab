import { relative } from "node:path";
import { formatJson } from "./command";

/** The result of a command that writes files. */
export function writtenFiles(files: readonly string[], json: boolean): string {
  const paths = files.map((file) => relative(process.cwd(), file));
  return json ? formatJson({ files: paths }) : paths.map((path) => `${path}\n`).join("");
}
