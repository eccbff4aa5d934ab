import { EngineInputError } from "../program/program-error";

/** The process that holds the lock of a stack, if the backend names it. */
export interface StackLockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

/** Thrown if another update of the stack runs, or was killed and left its lock. Nothing was changed. */
export class StackLockedError extends EngineInputError {
  constructor(readonly holder?: StackLockHolder) {
    const by = holder ? ` by ${holder.user}@${holder.host} (pid ${holder.pid}) since ${holder.since}` : "";
    super(`The stack is already being updated${by}. Wait for that update.`);
  }
}

/** Parses the message of a backend in files or buckets. */
export function parseLockHolder(text: string): StackLockHolder | undefined {
  const found = /created by ([^@\s]+)@(\S+) \(pid (\d+)\) at (\S+)/.exec(text);
  if (!found) return undefined;
  const [, user = "", host = "", pid = "", since = ""] = found;
  return { user, host, pid: Number(pid), since };
}
