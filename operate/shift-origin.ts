import { execFileSync } from "node:child_process";
import { hostname, userInfo } from "node:os";

type Environment = Readonly<Record<string, string | undefined>>;

/** The person or system that runs a command, for the record of a shift. */
export function actorOf(env: Environment): string {
  return env.CHANGEOVER_ACTOR || env.GITHUB_ACTOR || `${userName()}@${hostname()}`;
}

/** The commit of the checkout; undefined outside of git. */
export function commitOf(env: Environment, directory: string): string | undefined {
  if (/^[0-9a-f]{7,64}$/.test(env.GITHUB_SHA ?? "")) return env.GITHUB_SHA;
  try {
    const options = { cwd: directory, encoding: "utf8", timeout: 5_000, stdio: "pipe" } as const;
    return execFileSync("git", ["rev-parse", "HEAD"], options).trim();
  } catch {
    return undefined;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // The user may have no entry in the system's list, as in some containers.
    return "unknown";
  }
}
