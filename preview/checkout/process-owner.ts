import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

export interface ProcessOwner {
  readonly pid: number;
  /** Start time of the process. It distinguishes the process from a later one with the same pid. */
  readonly started: string;
  /** Host and pid namespace, because the disk may be shared with other hosts or containers. */
  readonly place: string;
}

export function currentProcess(): ProcessOwner {
  return { pid: process.pid, started: startTime(process.pid) ?? "", place: place() };
}

/** Parses the text of an owner file. Undefined if the text is invalid or only partly written. */
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

/**
 * True if the process has ended. A process on another host or in another container counts as running, because it is
 * not visible here.
 */
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

/** The start time of a process, in the format of the system; undefined if the process has ended. */
function startTime(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  try {
    // The second field is the program's name in parentheses, which may contain any character. The third field is the
    // state, the 22nd is the start time.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return "unknown"; // Without /proc, any process with this pid counts as the same process.
  }
}
