/** Cleans up after this process however it ends, SIGKILL included. */

import { spawn } from "node:child_process";

export interface Watchdog {
  /** The process to end if this one dies; undefined when there is none now. */
  guard(pid: number | undefined): void;
  /** Removes the folder and ends. */
  release(): Promise<void>;
}

// The pid comes through the pipe and is withdrawn when its process is gone, so a reused pid is never signaled.
const SCRIPT = `
trap '' INT TERM HUP
# A zombie that is never reaped (a container without an init) stays visible to kill -0.
alive() { kill -0 "$1" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
server=
while read -r line; do server=$line; done
if [ "$server" != none ] && [ -n "$server" ]; then
  kill -INT "$server" 2>/dev/null
  tries=0
  while alive "$server"; do
    tries=$((tries + 1))
    [ "$tries" -eq 50 ] && kill -QUIT "$server" 2>/dev/null
    [ "$tries" -ge 80 ] && { kill -KILL "$server" 2>/dev/null; break; }
    sleep 0.1
  done
fi
rm -rf -- "$1"
`;

export interface GuardShell {
  /** Writes a line for the script to read. */
  tell(line: string): void;
  /** Closes its input and waits until the script has ended. */
  release(): Promise<void>;
}

/**
 * Runs a shell script that outlives this process. The script reads end of file when this process ends, even by
 * SIGKILL, because the kernel closes the pipe.
 */
export function startGuardShell(name: string, shellScript: string, args: readonly string[] = []): GuardShell {
  const shell = spawn("/bin/sh", ["-c", shellScript, name, ...args], {
    detached: true, // Ctrl-C in the terminal is for this process only.
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve, reject) => {
    shell.once("exit", () => resolve());
    shell.once("error", reject);
  });
  ended.catch(() => {}); // Reported by release().
  shell.stdin.on("error", () => {}); // The script was killed; no reader is left.
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return {
    tell: (line) => void shell.stdin.write(`${line}\n`),
    release: async () => {
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}

/** Starts a watchdog that removes `folder` at the end. */
export function startWatchdog(folder: string): Watchdog {
  const shell = startGuardShell("changeover-watchdog", SCRIPT, [folder]);
  return {
    guard: (pid) => shell.tell(`${pid ?? "none"}`),
    release: () => {
      shell.tell("none");
      return shell.release();
    },
  };
}
