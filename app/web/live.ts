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
/** A device that sends nothing for this long into a drain is let go; one that never stops sending, after the second. */
const QUIET_MS = 1_500;
const BUSY_MS = 5_000;
const GOING_AWAY = 1001;

interface Session {
  readonly socket: WebSocket;
  readonly headers: { authorization?: string };
  /** Settled when everything that has come in is answered. */
  work: Promise<void>;
  waiting: number;
  /** It answered the last ping. */
  alive: boolean;
  /** The close is sent: nothing may be acknowledged any more, so nothing is stored; clients send it again. */
  leaving: boolean;
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

  /**
   * Closes each socket with 1001, so that its client connects again elsewhere: right after an acknowledgment, when the
   * next message is least likely to be on its way.
   */
  async drain(): Promise<void> {
    clearInterval(this.heartbeat);
    await Promise.all([...this.sessions].map((session) => this.letGo(session)));
  }

  private letGo(session: Session): Promise<void> {
    const { socket } = session;
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const silent = setTimeout(() => session.waiting === 0 && this.leave(session), QUIET_MS);
    const busy = setTimeout(() => this.leave(session), BUSY_MS);
    return closed.finally(() => {
      clearTimeout(silent);
      clearTimeout(busy);
    });
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
    const session: Session = {
      socket,
      headers,
      work: Promise.resolve(),
      waiting: 0,
      alive: true,
      leaving: false,
    };
    this.sessions.add(session);
    socket.on("close", () => this.sessions.delete(session));
    socket.on("error", (error) => this.server.http.log.info({ err: error }, "WebSocket failed"));
    socket.on("pong", () => {
      session.alive = true;
    });
    socket.on("message", (data) => {
      if (++session.waiting >= MAX_WAITING) socket.pause();
      session.work = session.work.then(() => this.handle(session, data));
    });
  }

  private async handle(session: Session, data: RawData): Promise<void> {
    const { socket } = session;
    if (session.leaving) return;
    const answer = await this.store(session, data);
    const { draining } = this.server;
    // Of a server that is leaving, the close is the better answer to what it could not store.
    if (draining && !("ack" in answer)) return this.leave(session);
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(answer));
    if (--session.waiting < MAX_WAITING) socket.resume();
    if (draining && session.waiting === 0) this.leave(session);
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

  private leave(session: Session): void {
    if (session.leaving) return;
    session.leaving = true;
    const { socket } = session;
    socket.close(GOING_AWAY, "going away");
    socket.resume(); // The answer to the close has to be read.
    const cut = setTimeout(() => socket.terminate(), CLOSE_LIMIT_MS);
    socket.once("close", () => clearTimeout(cut));
  }

  private beat(): void {
    for (const session of this.sessions) {
      if (!session.alive) session.socket.terminate();
      session.alive = false;
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
