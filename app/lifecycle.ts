import type { ServiceSettings } from "./environment";
import type { Server } from "./server";

export interface ShutdownSteps {
  readonly drain?: () => Promise<void>;
  readonly release: () => Promise<void>;
}

/**
 * Starts the server, and drains it on SIGTERM or SIGINT: it accepts no new connections, closes idle ones, answers
 * open requests with `Connection: close` and then exits with 0. If this takes longer than `drainSeconds`, the process
 * exits with 1.
 */
export async function serve(server: Server, settings: ServiceSettings, steps: ShutdownSteps): Promise<void> {
  const { http } = server;
  const drain = async (signal: string) => {
    if (server.draining) return;
    server.draining = true;
    const startedAt = performance.now();
    http.log.info({ signal }, "draining");
    setTimeout(() => {
      http.log.error(
        { drainSeconds: settings.drainSeconds },
        "drain limit exceeded: open requests are aborted",
      );
      process.exit(1);
    }, settings.drainSeconds * 1000).unref();
    try {
      // Fastify's close() is not used, because it keeps listening until all WebSockets are closed.
      const closed = new Promise<void>((resolve) => http.server.close(() => resolve()));
      await Promise.all([closed, steps.drain?.()]);
      await http.close();
      await steps.release();
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

/** Starts a tier. If the start fails, one JSON line is written and the process exits with 1. */
export async function launch(start: () => Promise<void>): Promise<void> {
  const log = (level: number, { name, message }: Error) => {
    process.stderr.write(`${JSON.stringify({ level, time: Date.now(), type: name, msg: message })}\n`);
  };
  process.removeAllListeners("warning"); // Node.js's default listener writes lines that are not JSON.
  process.on("warning", (warning) => log(40, warning));
  try {
    await start();
  } catch (error) {
    log(60, error instanceof Error ? error : new Error(String(error)));
    process.exit(1);
  }
}
