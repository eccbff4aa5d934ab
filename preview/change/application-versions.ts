import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isObject } from "../../aws/json-input";
import type { Graph } from "../../engine/program/graph";
import { printable } from "../../engine/values/property-diff";
import type { VersionQueries } from "../../migrations/compatibility/queries";
import type { CheckedOut } from "../checkout/checked-out";

const TIMEOUT_SECONDS = 60;

export interface ApplicationVersions {
  readonly versions: readonly VersionQueries[];
  /** The reason why the application's own list could not be read. */
  readonly problem?: string;
}

/**
 * Reads the versions of a revision's application with their queries, in a process of its own. None if the program has
 * no `app/index.ts`.
 */
export function applicationVersions(
  { programDirectory }: CheckedOut,
  signal: AbortSignal,
): Promise<ApplicationVersions> {
  const hasApplication = ["index.ts", "index.js"].some((name) =>
    existsSync(join(programDirectory, "app", name)),
  );
  if (!hasApplication) return Promise.resolve({ versions: [] });
  return new Promise((resolve, reject) => {
    const child = fork(require.resolve("./read-versions"), [programDirectory], {
      cwd: programDirectory,
      execArgv: ["--require", require.resolve("../../build/start/register")],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const stop = () => child.kill("SIGKILL");
    const timer = setTimeout(stop, TIMEOUT_SECONDS * 1000);
    signal.addEventListener("abort", stop, { once: true });
    let answer: ApplicationVersions | undefined;
    child.on("message", (message: ApplicationVersions) => {
      answer = message;
      stop();
    });
    child.once("error", reject);
    child.once("exit", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      const problem = "app/index.ts ended without listing its versions";
      resolve(answer ?? { versions: [], problem });
    });
  });
}

/** The versions with their queries in the output `manifests` of a stack. */
export function deployedVersions({ outputs }: Graph): VersionQueries[] {
  const { manifests } = printable(outputs) as Record<string, unknown>;
  if (!isObject(manifests)) return [];
  return Object.entries(manifests).flatMap(([version, text]): VersionQueries[] => {
    const manifest = typeof text === "string" ? parseJson(text) : text;
    if (!isObject(manifest) || !isObject(manifest.queries)) return [];
    const queries = Object.entries(manifest.queries).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return [{ version, file: "the stack's output manifests", queries: Object.fromEntries(queries) }];
  });
}

/** The version of each color, in the output `versions` of a stack. */
export function versionsInUse({ outputs }: Graph): string[] {
  const { versions } = printable(outputs) as Record<string, unknown>;
  return isObject(versions) ? Object.values(versions).filter((version) => typeof version === "string") : [];
}

/** SHA-256 of the applied scripts by file, in the output `release` of a stack. */
export function appliedScripts({ outputs }: Graph): Readonly<Record<string, unknown>> {
  const { release } = printable(outputs) as Record<string, unknown>;
  return isObject(release) && isObject(release.applied) ? release.applied : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
