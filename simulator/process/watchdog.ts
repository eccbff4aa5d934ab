/** Cleans up when this process ends, even by SIGKILL. */

import { spawn } from "node:child_process";

export interface Watchdog {
  /** Sets the process to stop when this process ends; undefined for none. */
  guard(pid: number | undefined): void;
  /** Removes the folder and stops the watchdog. */
  release(): Promise<void>;
}

// The pid is sent through the pipe and withdrawn when its process has ended, so that a reused pid is never signaled.
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
  /** Sends a line to the script. */
  tell(line: string): void;
  /** Closes the script's input and waits until the script has ended. */
  release(): Promise<void>;
}

/**
 * Runs a shell script that outlives this process. The script reads end of file when this process ends, even by
 * SIGKILL, because the kernel closes the pipe.
 */
export function startGuardShell(name: string, shellScript: string, args: readonly string[] = []): GuardShell {
  const shell = spawn("/bin/sh", ["-c", shellScript, name, ...args], {
    detached: true, // Ctrl-C in the terminal must not reach the script.
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve, reject) => {
    shell.once("exit", () => resolve());
    shell.once("error", reject);
  });
  ended.catch(() => {}); // Prevents an unhandled rejection; release() reports the error.
  shell.stdin.on("error", () => {}); // The script was killed, so nothing reads from the pipe.
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

/** Starts a watchdog that removes `folder` when this process ends. */
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
