import { randomUUID } from "node:crypto";
import cookie from "@fastify/cookie";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { WebSettings } from "../environment";
import { HttpError } from "../server";
import { type AppRequest, type AppTier, fromAppTier } from "./app-tier";

const SESSION_COOKIE = "session";
/** Browsers accept this name only over HTTPS and from this host, so no other subdomain can set it. */
const HOST_COOKIE = "__Host-session";

/**
 * The session token of a request. The plain name is read too: plain HTTP has no other, and neither has a session from
 * before the name `__Host-session`.
 */
export function sessionToken(cookies: Readonly<Record<string, string | undefined>>): string | undefined {
  return cookies[HOST_COOKIE] ?? cookies[SESSION_COOKIE];
}

/** The header for the application tier. It is left out if the cookie cannot be a token. */
export function authorization(token: string | undefined): { authorization?: string } {
  return token !== undefined && /^[\w-]{1,128}$/.test(token) ? { authorization: `Bearer ${token}` } : {};
}

/** Path and query of a request target, which may be a complete URL. */
function pathOf(target: string): string {
  const { pathname, search } = new URL(target, "http://localhost");
  return pathname + search;
}

export async function addRoutes(
  http: FastifyInstance,
  settings: WebSettings,
  appTier: AppTier,
): Promise<void> {
  await http.register(cookie);
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) =>
    done(null, body),
  );
  http.addContentTypeParser("application/octet-stream", (_request, body, done) => done(null, body));

  const call = async (request: FastifyRequest, reply: FastifyReply, changes: Partial<AppRequest> = {}) => {
    const { method, url } = request;
    const answer = await appTier.call({
      method,
      path: pathOf(url),
      repeatable: method === "GET",
      ...changes,
      headers: { ...authorization(sessionToken(request.cookies)), ...changes.headers },
    });
    if (!fromAppTier(answer)) {
      const status = [502, 503, 504].includes(answer.status) ? answer.status : 502;
      throw new HttpError(
        status,
        `No ${settings.color} application instance could answer (${answer.status}).`,
      );
    }
    for (const part of ["color", "version", "instance"]) {
      reply.header(`x-changeover-app-${part}`, answer.headers[`x-changeover-${part}`]);
    }
    reply.code(answer.status);
    return answer;
  };

  const forward = async (request: FastifyRequest, reply: FastifyReply, changes?: Partial<AppRequest>) => {
    const { headers, body } = await call(request, reply, changes);
    if (headers["content-type"] !== undefined) reply.type(headers["content-type"]);
    return reply.send(body);
  };

  const json = (request: FastifyRequest) => ({
    body: String(request.body ?? ""),
    headers: { "content-type": "application/json" },
  });

  const isHttps = (request: FastifyRequest) => request.headers["x-forwarded-proto"] === "https";
  const cookieName = (request: FastifyRequest) => (isHttps(request) ? HOST_COOKIE : SESSION_COOKIE);
  const cookieOptions = (request: FastifyRequest) =>
    ({ path: "/", httpOnly: true, sameSite: "lax", secure: isHttps(request) }) as const;

  http.post("/login", async (request, reply) => {
    const { status, body } = await call(request, reply, json(request));
    const { token, ...rest } = JSON.parse(body) as { token?: string };
    if (status === 200 && token !== undefined) {
      reply.setCookie(cookieName(request), token, cookieOptions(request));
    }
    return rest;
  });
  http.post("/logout", async (request, reply) => {
    const { status } = await call(request, reply, { repeatable: true });
    if (status === 204) {
      for (const name of [HOST_COOKIE, SESSION_COOKIE]) reply.clearCookie(name, cookieOptions(request));
    }
    return reply.send();
  });

  http.post("/records", (request, reply) => {
    const { body, headers } = json(request);
    const key = String(request.headers["idempotency-key"] ?? randomUUID());
    return forward(request, reply, {
      body,
      headers: { ...headers, "idempotency-key": key },
      repeatable: true,
    });
  });

  http.post("/uploads", (request, reply) => {
    if (request.body !== request.raw) {
      throw new HttpError(415, "An upload has content-type application/octet-stream.");
    }
    const { "content-length": length } = request.headers;
    return forward(request, reply, {
      body: request.raw,
      headers: {
        "content-type": "application/octet-stream",
        ...(length === undefined ? {} : { "content-length": length }),
      },
      // An upload may take long, so the limit applies to the time without data, as at the load balancers.
      limitMs: (settings.idleTimeoutSeconds + 5) * 1000,
    });
  });

  for (const path of ["/session", "/records", "/records/:id", "/uploads/:id"]) {
    http.get(path, (request, reply) => forward(request, reply));
  }
}
