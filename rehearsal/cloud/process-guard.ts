import { spawn } from "node:child_process";

/** Kills the processes that this process started when it dies itself, however it ends, SIGKILL included. */
export interface ProcessGuard {
  /** `pid` must lead a process group of its own. */
  add(pid: number): void;
  /** Its process is gone: the number may belong to somebody else now. */
  remove(pid: number): void;
  /** Kills what is left and ends. */
  release(): Promise<void>;
}

// The kernel closes our end of the pipe when we die, whatever killed us; the shell then reads end of file. One
// shell for all, because it must be alive when they are stopped (SIGSTOP) and cannot watch for themselves.
const script = `
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
  const shell = spawn("/bin/sh", ["-c", script, "changeover-process-guard"], {
    detached: true, // Ctrl-C in the terminal is for us, not for it.
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve, reject) => {
    shell.once("exit", () => resolve());
    shell.once("error", reject);
  });
  ended.catch(() => {}); // Reported by release().
  shell.stdin.on("error", () => {}); // Somebody killed it: there is nobody left to tell.
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return {
    add: (pid) => void shell.stdin.write(`+ ${pid}\n`),
    remove: (pid) => void shell.stdin.write(`- ${pid}\n`),
    release: async () => {
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}
