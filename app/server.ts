/** What the HTTP servers of both tiers have in common: identity, health, errors, limits. */

import fastify, { type FastifyInstance, LogController } from "fastify";
import type { Settings } from "./environment";

/** An answer that is not a success, with a message that is meant for the client. */
export class HttpError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Server {
  readonly http: FastifyInstance;
  /** Once true, `/healthz` answers 503 and every answer closes its connection. */
  draining: boolean;
}

/** Says what keeps this instance from serving, or undefined when it can. */
export type HealthCheck = () => Promise<string | undefined>;

/** JSON bodies only; uploads are streamed and have a limit of their own. */
const JSON_LIMIT_BYTES = 64 * 1024;

const UNWANTED_BODY_MS = 10_000;

/** The driver puts whole rows, patients' names in them, into an error's `detail`: only these fields are logged. */
function loggable(error: Error & { code?: unknown; statusCode?: unknown }) {
  const { name, message, code, statusCode, stack } = error;
  return { type: name, message, code, statusCode, stack: stack ?? "" };
}

export function createServer(settings: Settings, health: HealthCheck): Server {
  const { tier, color, version, instance } = settings;
  // The balancer must be the one that closes an idle connection: were it the server, a request could be on its way.
  const keepAliveMs = (settings.idleTimeoutSeconds + 15) * 1000;
  const http = fastify({
    bodyLimit: JSON_LIMIT_BYTES,
    keepAliveTimeout: keepAliveMs,
    connectionTimeout: keepAliveMs,
    requestTimeout: 0, // A device may take minutes for an upload; what is bounded is silence (connectionTimeout).
    http: { headersTimeout: keepAliveMs + 5_000 },
    logController: new LogController({ disableRequestLogging: true }), // The load balancer's access log has them.
    logger: { base: { tier, color, version, instance }, serializers: { err: loggable } },
  });
  const server: Server = { http, draining: false };

  http.addHook("onRequest", async (_request, reply) => {
    reply.headers({
      "x-changeover-color": color,
      "x-changeover-version": version,
      "x-changeover-instance": instance,
      "cache-control": "no-store",
    });
  });
  http.addHook("onSend", async (_request, reply) => {
    if (server.draining) reply.header("connection", "close");
  });

  // An answer can come before the end of an upload (413, 401). The rest is read and thrown away, because a socket
  // closed with unread data would take the answer with it; a client that goes on and on is cut off.
  http.addHook("onResponse", async ({ raw }) => {
    if (raw.complete) return;
    raw.resume();
    setTimeout(() => raw.complete || raw.destroy(), UNWANTED_BODY_MS).unref();
  });

  http.setNotFoundHandler(async (request) => {
    throw new HttpError(404, `There is no ${request.method} ${request.url.split("?")[0]}.`);
  });
  http.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      request.log.error(
        { err: error, method: request.method, route: request.routeOptions.url },
        "request failed",
      );
    }
    const told = status < 500 || error instanceof HttpError;
    reply.code(status);
    return { error: told ? error.message : "internal error" };
  });

  http.get("/version", async () => ({ tier, color, version, instance }));
  http.get("/healthz", async (_request, reply) => {
    const problem = server.draining ? "draining" : await health();
    if (problem !== undefined) reply.code(503);
    return { status: problem ?? "ok", tier, color, version, instance };
  });
  return server;
}
