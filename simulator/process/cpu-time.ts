import { readFileSync } from "node:fs";

/** The unit of CPU time in `/proc/<pid>/stat`, USER_HZ, is 10 ms on all common builds of Linux. */
const TICKS_PER_SECOND = 100;

/** Returns the CPU time in seconds that a process has used; undefined if it has ended, and on other systems than Linux. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in parentheses, can contain spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user, system] = [Number(fields[11]), Number(fields[12])];
    return (user + system) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
