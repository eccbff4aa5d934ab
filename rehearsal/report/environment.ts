import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import type { RunRecord } from "./run-record";

type Environment = RunRecord["environment"];

const GIT_LIMIT_MS = 10_000;

/** Describes the machine and the checkout of a run. */
export function readEnvironment(
  programDirectory: string,
  run: Pick<
    Environment,
    "engine" | "command" | "seed" | "requestsPerSecond" | "timeScale" | "alarmTimeScale"
  >,
): Environment {
  const cpu = cpus()[0]?.model.trim();
  return {
    cores: availableParallelism(),
    ...(cpu ? { cpu } : {}),
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    platform: `${platform()} ${arch()}`,
    node: process.version,
    changeover: ownVersion(),
    ...readCommit(programDirectory),
    ...run,
  };
}

function ownVersion(): string {
  const manifest = readFileSync(join(__dirname, "..", "..", "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function readCommit(directory: string): Pick<Environment, "commit" | "hasLocalChanges"> {
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: directory,
      encoding: "utf8",
      timeout: GIT_LIMIT_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
  try {
    const commit = git("rev-parse", "HEAD").trim();
    return { commit, hasLocalChanges: git("status", "--porcelain").trim() !== "" };
  } catch {
    return {}; // No git, or no repository.
  }
}
