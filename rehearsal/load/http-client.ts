import type { Agent, IncomingHttpHeaders } from "node:http";
import { monotonicMs } from "./clock";
import type { TargetAddress } from "./target-address";

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
  private readonly agent: Agent;

  constructor(
    private readonly address: TargetAddress,
    limits: { readonly maxSockets: number; readonly idleSeconds: number },
  ) {
    this.agent = address.createAgent({
      keepAlive: true,
      maxSockets: limits.maxSockets,
      maxFreeSockets: limits.maxSockets,
      timeout: limits.idleSeconds * 1000,
    });
  }

  send({ method, path, headers, body, deadlineMs }: HttpRequest): Promise<HttpResponse> {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const outgoing = this.address.request(path, {
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
