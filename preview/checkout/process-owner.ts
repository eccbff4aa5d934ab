import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process that something on disk belongs to. */
export interface Owner {
  readonly pid: number;
  /** Tells a process from a later one with its number. */
  readonly started: string;
  /** Where the number counts: another host or container may see the same disk. */
  readonly place: string;
}

/** This process. */
export function owner(): Owner {
  return { pid: process.pid, started: startOf(process.pid) ?? "", place: place() };
}

/** The owner that was written down; undefined for anything else. */
export function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, started, place: there } = JSON.parse(text) as Partial<Owner>;
    const isWhole = typeof pid === "number" && typeof started === "string" && typeof there === "string";
    return isWhole ? { pid, started, place: there } : undefined;
  } catch {
    // Its writer has only just begun.
    return undefined;
  }
}

export function isSameOwner(a: Owner | undefined, b: Owner | undefined): boolean {
  return a?.pid === b?.pid && a?.started === b?.started && a?.place === b?.place;
}

/** Of a process elsewhere nobody here can tell, so it counts as alive. */
export function isDead({ pid, started, place: there }: Owner): boolean {
  return there === place() && startOf(pid) !== started;
}

function place(): string {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {
    // Only Linux has several.
  }
  return `${hostname()} ${namespace}`;
}

/** When a process started, in the system's own words; undefined for one that has ended. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  try {
    // Its name, in parentheses, may hold anything; then follow its state and, as the 22nd of all, its start.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return "unknown"; // Without /proc a process with the same number counts as the same.
  }
}
