import { startGuardShell } from "./watchdog";

/** Kills the processes that this process started when it ends itself, in any way, SIGKILL included. */
export interface ProcessGuard {
  /** `pid` must lead a process group of its own. */
  add(pid: number): void;
  /** Its process is gone: the number may belong to another one now. */
  remove(pid: number): void;
  /** Kills the remaining processes and ends. */
  release(): Promise<void>;
}

// One shell for all, because it must be alive while they are stopped (SIGSTOP) and cannot watch themselves.
const SCRIPT = `
trap '' INT TERM HUP
pids=
while read -r sign pid; do
  if [ "$sign" = + ]; then pids="$pids $pid"; continue; fi
  kept=
  for each in $pids; do [ "$each" = "$pid" ] || kept="$kept $each"; done
  pids=$kept
done
for each in $pids; do kill -KILL "-$each" 2>/dev/null; done
`;

export function startProcessGuard(): ProcessGuard {
  const shell = startGuardShell("changeover-process-guard", SCRIPT);
  return {
    add: (pid) => shell.tell(`+ ${pid}`),
    remove: (pid) => shell.tell(`- ${pid}`),
    release: () => shell.release(),
  };
}
