import { startGuardShell } from "./watchdog";

/** Kills all added processes when this process ends, even by SIGKILL. */
export interface ProcessGuard {
  /** `pid` must be the leader of a process group. */
  add(pid: number): void;
  /** Must be called when the process has ended, because its id may be reused. */
  remove(pid: number): void;
  /** Kills the remaining processes and stops the guard. */
  release(): Promise<void>;
}

// A separate shell, because a guarded process that is stopped by SIGSTOP could not end itself.
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
