import { existsSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { EngineInputError } from "../../engine/program/program-error";
import { loadProject } from "../../engine/program/project";
import type { ChangedFile } from "../checkout/changed-files";
import type { CheckedOut } from "../checkout/checked-out";

const STACK_FILE = /^Pulumi\.(.+)\.ya?ml$/;

/** The stacks that have a file, in each revision. */
export interface StackFiles {
  readonly base: readonly string[];
  readonly head: readonly string[];
}

export function stackFiles(base: CheckedOut, head: CheckedOut): StackFiles {
  return { base: stacksIn(base), head: stacksIn(head) };
}

function stacksIn(revision: CheckedOut): string[] {
  const folder = stackFolder(revision);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => STACK_FILE.exec(name)?.[1] ?? [])
    .sort();
}

/** The folder of the stacks' files. For an invalid project it is the program's folder. */
function stackFolder({ programDirectory }: CheckedOut): string {
  if (!existsSync(programDirectory)) return programDirectory;
  try {
    return loadProject(programDirectory).stackConfigDirectory;
  } catch (error) {
    if (error instanceof EngineInputError) return programDirectory;
    throw error;
  }
}

/** The stack of a changed file; undefined for any other file. */
export function stackOfFile({ path }: Pick<ChangedFile, "path">, revision: CheckedOut): string | undefined {
  const folder = relative(revision.root, stackFolder(revision)).split(sep).join("/");
  const name =
    folder === "" ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
  return name === undefined || name.includes("/") ? undefined : STACK_FILE.exec(name)?.[1];
}

/** True for the file of any stack or project, of this program or another one. */
export function isPulumiFile(path: string): boolean {
  return /(^|\/)Pulumi(\..+)?\.ya?ml$/.test(path);
}

/**
 * True if the change cannot affect a stack, because it changes files of other stacks only. A program reads no file of
 * another stack.
 */
export function isUntouched(stack: string, files: readonly ChangedFile[], head: CheckedOut): boolean {
  const stacks = files.map((file) => stackOfFile(file, head));
  return files.length > 0 && stacks.every((each) => each !== undefined && each !== stack);
}

export function stackFileName(stack: string, { programDirectory }: CheckedOut): string {
  const folder = existsSync(programDirectory) ? programDirectory : undefined;
  return folder !== undefined && existsSync(join(folder, `Pulumi.${stack}.yml`))
    ? `Pulumi.${stack}.yml`
    : `Pulumi.${stack}.yaml`;
}
