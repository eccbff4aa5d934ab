import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

const HOST = "127.0.0.1";
const MAX_EXCHANGES = 500;
const MAX_BODY_BYTES = 1024 * 1024;

/** A request that passed the relay, and its answer. */
export interface RelayedExchange {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly status: number;
  readonly answer: { readonly headers: IncomingHttpHeaders; readonly body: Buffer };
}

/**
 * Forwards requests to an instance as a load balancer does, and records them. It has no health checks, so each request
 * reaches the instance that `portOf` names.
 */
export class Relay {
  readonly exchanges: RelayedExchange[] = [];
  /** Headers of all requests, answered or not. */
  readonly seen: IncomingHttpHeaders[] = [];
  /** True to answer 503 to everything, like a load balancer without healthy targets. */
  isAway = false;
  /** Time for which a request waits before it is forwarded. */
  holdMs = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();

  private constructor(private readonly portOf: (headers: IncomingHttpHeaders) => number | undefined) {
    this.server = createServer((incoming, response) => {
      this.forward(incoming, response).catch(() => {
        if (response.headersSent) response.destroy();
        else response.writeHead(502).end();
      });
    });
    this.server.keepAliveTimeout = 60_000;
    this.server.on("upgrade", (incoming, socket, head) => this.upgrade(incoming, socket, head));
  }

  static async start(portOf: (headers: IncomingHttpHeaders) => number | undefined): Promise<Relay> {
    const relay = new Relay(portOf);
    await new Promise<void>((listening, failed) => {
      relay.server.once("error", failed);
      relay.server.listen(0, HOST, listening);
    });
    return relay;
  }

  get url(): string {
    return `http://${HOST}:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    this.server.closeAllConnections();
    await closed;
  }

  private async forward(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = incoming;
    this.seen.push(headers);
    const port = this.portOf(headers);
    if (this.isAway || port === undefined) {
      incoming.resume();
      response.writeHead(503).end();
      return;
    }
    if (this.holdMs > 0) await sleep(this.holdMs);
    if (response.destroyed) return;
    const outgoing = request({ host: HOST, port, method, path, headers: forwarded(headers), agent: false });
    const body = recorded(incoming);
    incoming.pipe(outgoing);
    response.once("close", () => outgoing.destroy());
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once("response", resolve).once("error", reject);
    });
    const content = recorded(answer);
    const status = answer.statusCode ?? 0;
    response.writeHead(status, answer.headers);
    answer.pipe(response);
    await new Promise<void>((resolve, reject) => {
      answer.once("end", resolve).once("error", reject);
    });
    if (this.exchanges.length >= MAX_EXCHANGES) return;
    this.exchanges.push({
      ...{ method, path, headers, body: body(), status },
      answer: { headers: answer.headers, body: content() },
    });
  }

  private upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const port = this.portOf(incoming.headers);
    if (this.isAway || port === undefined) {
      socket.destroy();
      return;
    }
    const target: Socket = connect(port, HOST);
    for (const each of [socket, target]) {
      this.sockets.add(each);
      each.on("error", () => undefined);
      each.on("close", () => {
        this.sockets.delete(each);
        socket.destroy();
        target.destroy();
      });
    }
    const lines = Object.entries(forwarded(incoming.headers)).map(([name, value]) => `${name}: ${value}\r\n`);
    target.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
    target.write(head);
    socket.pipe(target).pipe(socket);
  }
}

/** The headers that a load balancer adds. */
function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return { ...headers, "x-forwarded-for": HOST, "x-forwarded-proto": "https", "x-forwarded-port": "443" };
}

/** Collects a body while it is read. */
function recorded(stream: IncomingMessage): () => Buffer {
  const pieces: Buffer[] = [];
  let size = 0;
  stream.on("data", (piece: Buffer) => {
    size += piece.length;
    if (size <= MAX_BODY_BYTES) pieces.push(piece);
  });
  return () => Buffer.concat(pieces);
}
