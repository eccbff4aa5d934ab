import http, { type IncomingHttpHeaders } from "node:http";
import https from "node:https";
import { monotonicMs } from "./clock";

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * The request got no complete response. `connection`: refused, reset or cut off; `timeout`: not within the time
 * limit.
 */
export class NoResponseError extends Error {
  override readonly name = "NoResponseError";

  constructor(
    readonly kind: "connection" | "timeout",
    message: string,
  ) {
    super(message);
  }
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Deadline in milliseconds of the monotonic clock. */
  readonly deadlineMs: number;
}

/** Sends requests to one address. Redirects are not followed. */
export class HttpClient {
  private readonly agent: http.Agent;

  constructor(
    private readonly url: string,
    limits: { readonly maxSockets: number; readonly idleSeconds: number },
  ) {
    const { Agent } = clientOf(url);
    this.agent = new Agent({
      keepAlive: true,
      maxSockets: limits.maxSockets,
      maxFreeSockets: limits.maxSockets,
      timeout: limits.idleSeconds * 1000,
    });
  }

  send({ method, path, headers, body, deadlineMs }: HttpRequest): Promise<HttpResponse> {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const outgoing = clientOf(this.url).request(addressOf(this.url, path), {
        agent: this.agent,
        method,
        headers: { ...headers, ...length },
      });
      const timer = setTimeout(
        () => {
          reject(new NoResponseError("timeout", "no whole answer within the time limit"));
          outgoing.destroy();
        },
        Math.max(0, deadlineMs - monotonicMs()),
      );
      const failed = (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        reject(new NoResponseError("connection", error.code ?? error.message));
      };
      outgoing.on("error", failed);
      outgoing.on("response", (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", failed);
        incoming.on("end", () => {
          clearTimeout(timer);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          });
        });
      });
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** The module for the address's protocol. */
export function clientOf(url: string): Pick<typeof http, "request" | "Agent"> {
  return url.startsWith("https:") ? (https as unknown as typeof http) : http;
}

/** The address of a path. An absolute URL, as in a `location` header, is requested from the same host as all others. */
export function addressOf(url: string, path: string): URL {
  const { pathname, search } = new URL(path, url);
  return new URL(pathname + search, url);
}
