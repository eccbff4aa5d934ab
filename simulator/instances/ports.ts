import { createServer } from "node:net";

// Kernels assign ports above this range to outgoing connections. In this range, an outgoing connection cannot take a
// port between the check that it is free and the start of the server.
const FIRST_PORT = 20_000;
const LAST_PORT = 31_999;

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Ports of this machine that instances may listen on; all instances share one port space. */
export class Ports {
  private readonly taken = new Set<number>();

  async take(): Promise<number> {
    for (let tries = 0; tries < 200; tries++) {
      const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
      if (this.taken.has(port)) continue;
      this.taken.add(port);
      if (await canListen(port)) return port;
      this.taken.delete(port);
    }
    throw new Error(`No free port was found between ${FIRST_PORT} and ${LAST_PORT} on 127.0.0.1.`);
  }

  give(port: number): void {
    this.taken.delete(port);
  }
}
