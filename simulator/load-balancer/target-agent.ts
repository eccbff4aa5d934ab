import { Agent } from "node:http";
import type { Socket } from "node:net";

/** The connections to one target. A connection is reused until it has been idle for the idle timeout. */
export class TargetAgent extends Agent {
  constructor(private idleTimeoutMs: number) {
    super({ keepAlive: true, maxFreeSockets: Number.MAX_SAFE_INTEGER });
  }

  /**
   * Node's agent obeys `Keep-Alive: timeout=` of the target and closes the connection a second earlier. An
   * Application Load Balancer ignores this header, and the simulator must reproduce the resulting failures of targets
   * that close idle connections too early.
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
