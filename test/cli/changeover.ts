import { spawnSync } from "node:child_process";
import { join } from "node:path";

export const ROOT = join(__dirname, "..", "..");
export const CHANGEOVER = join(ROOT, "cli", "changeover.js");

/** Runs the command in a process of its own, in the repository. */
export function changeover(...args: string[]) {
  const options = { cwd: ROOT, encoding: "utf8", timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHANGEOVER, ...args], options);
  return { status, stdout, stderr };
}
