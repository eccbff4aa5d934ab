/** Cleans up after this process however it ends, SIGKILL included. */

import { spawn } from "node:child_process";

export interface Watchdog {
  /** The process to end if we die; undefined when there is none now. */
  guard(pid: number | undefined): void;
  /** Removes the folder and ends. */
  release(): Promise<void>;
}

// The kernel closes our end of the pipe when we die, whatever killed us; the shell then reads end of file. The
// pid comes through the pipe and is taken back when its process is gone, so a reused pid is never signaled.
const script = `
trap '' INT TERM HUP
# A zombie that nobody reaps (a container without an init) answers kill -0 for ever.
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

/** Starts a watchdog that removes `folder` in the end. */
export function startWatchdog(folder: string): Watchdog {
  const shell = spawn("/bin/sh", ["-c", script, "changeover-watchdog", folder], {
    detached: true, // Ctrl-C in the terminal is for us, not for it.
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve, reject) => {
    shell.once("exit", () => resolve());
    shell.once("error", reject);
  });
  ended.catch(() => {}); // Reported by release().
  // Killed by somebody else: there is nothing left to tell it.
  shell.stdin.on("error", () => {});
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return {
    guard: (pid) => void shell.stdin.write(`${pid ?? "none"}\n`),
    release: async () => {
      shell.ref();
      shell.stdin.end("none\n");
      await ended;
    },
  };
}
