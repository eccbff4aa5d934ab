/** Start, drain, end: the same for both tiers. */

import type { Settings } from "./environment";
import type { Server } from "./server";

export interface Parts {
  /** Ends what outlives a request (WebSockets); runs while the last requests are being answered. */
  readonly drain?: () => Promise<void>;
  /** Lets go of what requests need (pools, agents); runs after the last answer. */
  readonly release: () => Promise<void>;
}

/**
 * Listens, and on SIGTERM or SIGINT drains: no new connections, idle ones are closed, requests in flight are
 * answered with `Connection: close`, then exit 0. After `drainSeconds` the process ends with 1 whatever is left.
 */
export async function serve(server: Server, settings: Settings, parts: Parts): Promise<void> {
  const { http } = server;
  const drain = async (signal: string) => {
    if (server.draining) return;
    server.draining = true;
    const startedAt = performance.now();
    http.log.info({ signal }, "draining");
    setTimeout(() => {
      http.log.error({ drainSeconds: settings.drainSeconds }, "requests were still open: ending them");
      process.exit(1);
    }, settings.drainSeconds * 1000).unref();
    try {
      // Not fastify's close(): it goes on listening until the WebSockets are gone.
      const closed = new Promise<void>((resolve) => http.server.close(() => resolve()));
      await Promise.all([closed, parts.drain?.()]);
      await http.close();
      await parts.release();
    } catch (error) {
      http.log.error({ err: error }, "drain failed");
      process.exit(1);
    }
    http.log.info({ durationMs: Math.round(performance.now() - startedAt) }, "drained");
    process.exit(0);
  };
  process.once("SIGTERM", () => void drain("SIGTERM"));
  process.once("SIGINT", () => void drain("SIGINT"));
  const listenTextResolver = (address: string) => `ready at ${address}`;
  await http.listen({ host: settings.host, port: settings.port, listenTextResolver });
}

/** Runs a start-up; when it fails, one JSON line says why and the process ends with 1. */
export async function launch(start: () => Promise<void>): Promise<void> {
  const say = (level: number, { name, message }: Error) => {
    process.stderr.write(`${JSON.stringify({ level, time: Date.now(), type: name, msg: message })}\n`);
  };
  process.removeAllListeners("warning"); // Node's own listener writes lines that are no JSON.
  process.on("warning", (warning) => say(40, warning));
  try {
    await start();
  } catch (error) {
    say(60, error instanceof Error ? error : new Error(String(error)));
    process.exit(1);
  }
}
