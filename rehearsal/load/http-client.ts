import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { monotonicMs } from "./clock";

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
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
  readonly cookie: string | undefined;
  readonly json?: unknown;
  /** Deadline in milliseconds of the monotonic clock. */
  readonly deadlineMs: number;
}

export class HttpClient {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    limits: { readonly maxSockets: number; readonly idleSeconds: number },
  ) {
    this.agent = new Agent({
      keepAlive: true,
      maxSockets: limits.maxSockets,
      maxFreeSockets: limits.maxSockets,
      timeout: limits.idleSeconds * 1000,
    });
  }

  send({ method, path, cookie, json, deadlineMs }: HttpRequest): Promise<HttpResponse> {
    const payload = json === undefined ? undefined : JSON.stringify(json);
    const headers: Record<string, string | number> = { accept: "application/json" };
    if (cookie !== undefined) headers.cookie = cookie;
    if (payload !== undefined) {
      headers["content-type"] = "application/json";
      headers["content-length"] = Buffer.byteLength(payload);
    }
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.url), {
        agent: this.agent,
        method,
        headers,
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
          const body = Buffer.concat(chunks).toString("utf8");
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
        });
      });
      outgoing.end(payload);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
