import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { monotonicMs } from "./clock";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** No whole answer came. `connection`: refused, reset or cut in the middle; `timeout`: not within the limit. */
export class NoAnswer extends Error {
  constructor(
    readonly kind: "connection" | "timeout",
    message: string,
  ) {
    super(message);
  }
}

export interface Exchange {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly cookie: string | undefined;
  readonly json?: unknown;
  /** Moment of the monotonic clock at which the wait is over. */
  readonly deadlineMs: number;
}

/** A plain client with keep-alive sockets. One exchange is one attempt: nothing is sent twice. */
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

  send(exchange: Exchange): Promise<Answer> {
    const payload = exchange.json === undefined ? undefined : JSON.stringify(exchange.json);
    const headers: Record<string, string | number> = { accept: "application/json" };
    if (exchange.cookie !== undefined) headers.cookie = exchange.cookie;
    if (payload !== undefined) {
      headers["content-type"] = "application/json";
      headers["content-length"] = Buffer.byteLength(payload);
    }
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(exchange.path, this.url), {
        agent: this.agent,
        method: exchange.method,
        headers,
      });
      const timer = setTimeout(
        () => {
          reject(new NoAnswer("timeout", "no whole answer within the time limit"));
          outgoing.destroy();
        },
        Math.max(0, exchange.deadlineMs - monotonicMs()),
      );
      const failed = (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        reject(new NoAnswer("connection", error.code ?? error.message));
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
