import { createServer, type IncomingMessage } from "node:http";

export const { COLOR = "", VERSION = "", INSTANCE_ID = "" } = process.env;

export interface Reply {
  readonly status: number;
  readonly json?: unknown;
}

export interface TierService {
  answer(method: string, path: string, body: string): Promise<Reply>;
  /** True while the next tier or the database answers. */
  isReady(): Promise<boolean>;
  /** Called at the end of the shutdown. */
  close(): Promise<void>;
}

const idleMs = (Number(process.env.IDLE_TIMEOUT_SECONDS ?? 60) + 15) * 1000;
const drainMs = Number(process.env.DRAIN_SECONDS ?? 30) * 1000;
const names = {
  "x-changeover-color": COLOR,
  "x-changeover-version": VERSION,
  "x-changeover-instance": INSTANCE_ID,
};

/** Starts the HTTP server of a tier, with everything that a release requires of a service. */
export function serve(service: TierService): void {
  let isDraining = false;

  const reply = async (request: IncomingMessage): Promise<Reply> => {
    const { method = "", url = "" } = request;
    if (url === "/version")
      return { status: 200, json: { color: COLOR, version: VERSION, instance: INSTANCE_ID } };
    if (url === "/healthz") return { status: isDraining ? 503 : 200 };
    if (url === "/readyz") return { status: !isDraining && (await service.isReady()) ? 200 : 503 };
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    return service.answer(method, url, body);
  };

  const server = createServer((request, response) => {
    const answer = reply(request).catch((error: Error): Reply => {
      console.error(`${request.method} ${request.url}: ${error.message}`);
      return { status: 500, json: { error: "internal error" } };
    });
    void answer.then(({ status, json }) => {
      response.writeHead(status, {
        ...names,
        "content-type": "application/json",
        ...(isDraining && { connection: "close" }),
      });
      response.end(json === undefined ? "" : JSON.stringify(json));
    });
  });
  // The load balancer must be the side that closes idle connections.
  server.keepAliveTimeout = idleMs;
  server.headersTimeout = idleMs + 5_000;
  server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "0.0.0.0");

  process.once("SIGTERM", () => {
    isDraining = true;
    setTimeout(() => process.exit(1), drainMs).unref();
    server.close(() => void service.close().then(() => process.exit(0)));
  });
}
