import fastify, { type FastifyInstance, type FastifyReply, LogController } from "fastify";
import type { ServiceSettings } from "./environment";

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
  draining: boolean;
}

/** Returns the dependency that does not answer, or undefined. */
export type ReadinessProbe = () => Promise<string | undefined>;

const JSON_LIMIT_BYTES = 64 * 1024;

const UNWANTED_BODY_MS = 10_000;

/** Leaves out the `detail` of database errors, which contains whole rows with patients' names. */
function loggable(error: Error & { code?: unknown; statusCode?: unknown }) {
  const { name, message, code, statusCode, stack } = error;
  return { type: name, message, code, statusCode, stack: stack ?? "" };
}

/** The HTTP server of both tiers: identifying headers, health and readiness checks, error handling and limits. */
export function createServer(settings: ServiceSettings, readiness: ReadinessProbe): Server {
  const { tier, color, version, instance } = settings;
  // The load balancer must close idle connections. If the server closed one, a request could be sent on it at the
  // same time.
  const keepAliveMs = (settings.idleTimeoutSeconds + 15) * 1000;
  const http = fastify({
    bodyLimit: JSON_LIMIT_BYTES,
    keepAliveTimeout: keepAliveMs,
    connectionTimeout: keepAliveMs,
    requestTimeout: 0, // An upload may take minutes. connectionTimeout limits the time without data.
    http: { headersTimeout: keepAliveMs + 5_000 },
    logController: new LogController({ disableRequestLogging: true }), // The access log of the load balancer has the requests.
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

  // After an early response (413, 401), the rest of an upload is read and discarded for a limited time. If the socket
  // were closed with unread data, the client would not receive the response.
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
    const isPublic = status < 500 || error instanceof HttpError;
    reply.code(status);
    return { error: isPublic ? error.message : "internal error" };
  });

  http.get("/version", async () => ({ service: tier, tier, color, version, instance }));
  const report = (reply: FastifyReply, problem: string | undefined) => {
    if (problem !== undefined) reply.code(503);
    return { status: problem ?? "ok", tier, color, version, instance };
  };
  const draining = () => (server.draining ? "draining" : undefined);
  // Shallow: Auto Scaling terminates instances that fail it, and new ones would not bring a database back.
  http.get("/healthz", async (_request, reply) => report(reply, draining()));
  http.get("/readyz", async (_request, reply) => report(reply, draining() ?? (await readiness())));
  return server;
}
