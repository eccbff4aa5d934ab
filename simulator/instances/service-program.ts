import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UnsupportedUserDataError } from "./unsupported";

const CONTAINERS = /^(docker|podman|nerdctl|containerd|ctr|finch)$/;
/** The image's folders for programs. They are those of this machine, which has them elsewhere perhaps. */
const SYSTEM_FOLDER = /^\/(usr\/(local\/)?)?s?bin\//;

/** Sentence for errors about containers. */
export const NO_CONTAINERS =
  "containers are not supported by the simulator. Put the program into the artifact, and let a systemd unit run it";

/** An executable, and the arguments before those of the service. */
export interface ServiceProgram {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * Finds the executable of a unit's ExecStart: a file that the user data installed, or a program of this machine, which
 * stands for those of the image.
 *
 * @param unit the name of the unit, for errors
 * @throws UnsupportedUserDataError if there is no such program
 */
export function findProgram(unit: string, execStart: readonly string[], root: string): ServiceProgram {
  // systemd's prefixes, such as - for an ignored failure, do not matter here.
  const [first = "", ...args] = execStart;
  const path = first.replace(/^[-@:+!|]+/, "");
  const installed = join(root, path);
  if (path.startsWith("/") && existsSync(installed)) {
    if (isExecutable(installed)) return { file: installed, args };
    throw new UnsupportedUserDataError(
      `${unit}: ExecStart ${path} must be executable, got a file without this permission. Run chmod +x ${path} before.`,
    );
  }
  const name = path.replace(SYSTEM_FOLDER, "");
  if (name === "env" && path !== name)
    return findProgram(unit, [`/usr/bin/${args[0] ?? ""}`, ...args.slice(1)], root);
  if (CONTAINERS.test(name)) throw new UnsupportedUserDataError(`${unit}: ${NO_CONTAINERS}.`);
  if (name === path || name.includes("/")) {
    throw new UnsupportedUserDataError(
      `${unit}: ExecStart must be a file that the user data installs, or a program in /usr/bin, got ${path}.`,
    );
  }
  if (/^node(js)?$/.test(name)) return { file: process.execPath, args };
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found !== undefined) return { file: found, args };
  throw new UnsupportedUserDataError(
    `${unit}: ExecStart ${path} needs the program ${name} on this machine, got none on the PATH. ` +
      "Install it, or put it into the artifact.",
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
