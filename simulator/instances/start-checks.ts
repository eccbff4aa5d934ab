import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServiceUnit } from "./unit-file";
import { UnsupportedUserDataError } from "./unsupported";

/** Checks files before a service starts. Returns a sentence about each file that differs. */
export type StartCheck = () => readonly string[];

/**
 * The check by a unit's ExecStartPre commands.
 *
 * @throws Error for a command other than `sha256sum --check`, because ignoring it could make the result of a rehearsal
 * wrong.
 */
export function startCheck(name: string, { execStartPre }: ServiceUnit, root: string): StartCheck {
  const lists = execStartPre.map(([program = "", ...args]) => {
    const [list, ...more] = args.filter((arg) => !arg.startsWith("-"));
    const isSupported = /^(\/usr)?\/bin\/sha256sum$/.test(program) && args.includes("--check");
    if (isSupported && list?.startsWith("/") && more.length === 0) return list;
    const line = [program, ...args].join(" ");
    throw new UnsupportedUserDataError(
      `${name}: ExecStartPre "${line}" is not supported by the simulator. Use /usr/bin/sha256sum --check /path.`,
    );
  });
  return () => lists.flatMap((list) => differences(root, list));
}

function differences(root: string, list: string): string[] {
  const lines = read(root, list)?.toString("utf8").trim().split("\n");
  if (lines === undefined) return [`sha256sum: ${list}: no such file`];
  return lines.flatMap((line) => {
    const [, digest = "", file = ""] = /^([0-9a-f]{64})[ ][ *](\/.*)$/.exec(line) ?? [];
    if (file === "") return [`sha256sum: ${list}: improperly formatted line`];
    const content = read(root, file);
    if (content === undefined) return [`${file}: FAILED open or read`];
    return createHash("sha256").update(content).digest("hex") === digest ? [] : [`${file}: FAILED`];
  });
}

function read(root: string, path: string): Buffer | undefined {
  const place = join(root, path);
  return existsSync(place) ? readFileSync(place) : undefined;
}
