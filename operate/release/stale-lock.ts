import { hostname } from "node:os";
import type { StackLockHolder } from "../../engine/deploy/stack-locked";

/** True if the lock belongs to a process of this machine that does not run any more. */
export function isStaleLock({ host, pid }: StackLockHolder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
