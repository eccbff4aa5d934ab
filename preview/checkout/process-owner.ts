import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

export interface ProcessOwner {
  readonly pid: number;
  /** Start time; tells a process from a later one with the same pid. */
  readonly started: string;
  /** Host and pid namespace: another host or container may share the disk. */
  readonly place: string;
}

export function currentProcess(): ProcessOwner {
  return { pid: process.pid, started: startTime(process.pid) ?? "", place: place() };
}

/** Undefined for any other text, and for one that is only partly written. */
export function parseOwner(text: string): ProcessOwner | undefined {
  try {
    const { pid, started, place } = JSON.parse(text) as Partial<ProcessOwner>;
    const isComplete = typeof pid === "number" && typeof started === "string" && typeof place === "string";
    return isComplete ? { pid, started, place } : undefined;
  } catch {
    return undefined;
  }
}

export function isSameOwner(a: ProcessOwner | undefined, b: ProcessOwner | undefined): boolean {
  return a?.pid === b?.pid && a?.started === b?.started && a?.place === b?.place;
}

/** A process in another place counts as alive, because it is not visible here. */
export function isDead(owner: ProcessOwner): boolean {
  return owner.place === place() && startTime(owner.pid) !== owner.started;
}

function place(): string {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {}
  return `${hostname()} ${namespace}`;
}

/** The start time as the system writes it; undefined for a process that has ended. */
function startTime(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  try {
    // The name in parentheses may contain anything. After it come the state and, as field 22 of all, the start time.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return "unknown"; // Without /proc, a process with the same pid counts as the same.
  }
}
