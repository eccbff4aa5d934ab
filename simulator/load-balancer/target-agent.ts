import { Agent } from "node:http";
import type { Socket } from "node:net";

/** The connections to one target, kept for the next request until they have been silent for the idle timeout. */
export class TargetAgent extends Agent {
  constructor(private idleTimeoutMs: number) {
    super({ keepAlive: true, maxFreeSockets: Number.MAX_SAFE_INTEGER });
  }

  /**
   * Node's own agent honors `Keep-Alive: timeout=` of the target and closes a second earlier. An Application Load
   * Balancer does not, and a target that closes too early must be seen to fail.
   */
  override keepSocketAlive(socket: Socket): boolean {
    socket.setKeepAlive(true, 1000);
    socket.unref();
    socket.setTimeout(this.idleTimeoutMs);
    return true;
  }

  setIdleTimeout(ms: number): void {
    this.idleTimeoutMs = ms;
    for (const socket of listed(this.freeSockets)) socket.setTimeout(ms);
  }

  /** Closes every connection and resolves when all are closed. */
  async close(): Promise<void> {
    const closed = [...listed(this.freeSockets), ...listed(this.sockets)].map(
      (socket) => new Promise((resolve) => socket.once("close", resolve)),
    );
    this.destroy();
    await Promise.all(closed);
  }
}

function listed(byAddress: Agent["sockets"]): Socket[] {
  return Object.values(byAddress).flatMap((sockets) => sockets ?? []);
}
