/** The WebSocket of a device: each message is stored before it is acknowledged, in the order in which it came. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import cookie from "@fastify/cookie";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { WebSettings } from "../environment";
import { measurement } from "../input";
import type { Server } from "../server";
import type { AppTier } from "./app-tier";
import { authorization, fromAppTier, SESSION_COOKIE } from "./routes";

const MAX_MESSAGE_BYTES = 64 * 1024;
/** A device that sends faster than it can be stored is not read any further until this many are left. */
const MAX_WAITING = 16;
/** How long a client may take to answer a close. */
const CLOSE_LIMIT_MS = 2_000;
const GOING_AWAY = 1001;

interface Session {
  readonly socket: WebSocket;
  readonly headers: { authorization?: string };
  /** Settled when everything that has come in is answered. */
  work: Promise<void>;
  waiting: number;
  answered: boolean;
}

export class LiveSockets {
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  private readonly sessions = new Set<Session>();
  private readonly heartbeat: NodeJS.Timeout;
  private readonly identity: readonly string[];

  constructor(
    private readonly settings: WebSettings,
    private readonly server: Server,
    private readonly appTier: AppTier,
  ) {
    this.identity = [
      `x-changeover-color: ${settings.color}`,
      `x-changeover-version: ${settings.version}`,
      `x-changeover-instance: ${settings.instance}`,
    ];
    this.sockets.on("headers", (lines: string[]) => lines.push(...this.identity));
    server.http.server.on("upgrade", (request, socket, head) => void this.upgrade(request, socket, head));
    // Well within the balancer's idle timeout, so that a silent device keeps its connection and a dead one is found.
    this.heartbeat = setInterval(() => this.beat(), (settings.idleTimeoutSeconds * 1000) / 3);
    this.heartbeat.unref();
  }

  /** Answers what has come in, then closes each socket with 1001, so that its client connects again elsewhere. */
  async drain(): Promise<void> {
    clearInterval(this.heartbeat);
    await Promise.all([...this.sessions].map((session) => this.close(session)));
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    const refuse = (status: string) => {
      const lines = [
        `HTTP/1.1 ${status}`,
        ...this.identity,
        "connection: close",
        "content-length: 0",
        "",
        "",
      ];
      socket.end(lines.join("\r\n"));
    };
    if (request.url?.split("?")[0] !== "/live") return refuse("404 Not Found");
    const token = cookie.parse(request.headers.cookie ?? "")[SESSION_COOKIE];
    const headers = authorization(token);
    const asked = await this.appTier
      .ask({ method: "GET", path: "/session", headers, repeatable: true })
      .catch(() => undefined);
    if (asked === undefined || !fromAppTier(asked)) return refuse("502 Bad Gateway");
    if (asked.status === 401) return refuse("401 Unauthorized");
    if (asked.status !== 200 || this.server.draining) return refuse("503 Service Unavailable");
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, headers));
  }

  private accept(socket: WebSocket, headers: Session["headers"]): void {
    const session: Session = { socket, headers, work: Promise.resolve(), waiting: 0, answered: true };
    this.sessions.add(session);
    socket.on("close", () => this.sessions.delete(session));
    socket.on("error", (error) => this.server.http.log.info({ err: error }, "WebSocket failed"));
    socket.on("pong", () => {
      session.answered = true;
    });
    socket.on("message", (data) => {
      if (++session.waiting >= MAX_WAITING) socket.pause();
      session.work = session.work.then(async () => {
        const answer = await this.store(session, data);
        if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(answer));
        if (--session.waiting < MAX_WAITING && !this.server.draining) socket.resume();
      });
    });
  }

  /** `{ack}` when it is stored, `{error}` when it is not: the client then sends it again. Never throws. */
  private async store({ headers }: Session, data: RawData): Promise<object> {
    const { color, version } = this.settings;
    const message = parse(data);
    if (message === undefined)
      return { error: 'A message is {"seq": whole number, "value": number or text}.' };
    const { seq } = message;
    try {
      const answer = await this.appTier.ask({
        method: "POST",
        path: "/measurements",
        body: JSON.stringify(message),
        headers: { ...headers, "content-type": "application/json", "idempotency-key": randomUUID() },
        repeatable: true,
      });
      if (answer.status === 201) return { ack: seq, color, version };
      return { seq, error: `not stored (${answer.status})` };
    } catch (error) {
      return { seq, error: error instanceof Error ? error.message : "not stored" };
    }
  }

  private async close({ socket, work }: Session): Promise<void> {
    socket.pause(); // What is not read now was never acknowledged; the client sends it to the next instance.
    await work;
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.close(GOING_AWAY, "going away");
    socket.removeAllListeners("message");
    socket.resume(); // The answer to the close has to be read.
    const cut = setTimeout(() => socket.terminate(), CLOSE_LIMIT_MS);
    await closed;
    clearTimeout(cut);
  }

  private beat(): void {
    for (const session of this.sessions) {
      if (!session.answered) session.socket.terminate();
      session.answered = false;
      if (session.socket.readyState === session.socket.OPEN) session.socket.ping();
    }
  }
}

function parse(data: RawData) {
  try {
    return measurement.parse(JSON.parse(String(data)));
  } catch {
    return undefined;
  }
}
