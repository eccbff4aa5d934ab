import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import cookie from "@fastify/cookie";
import { type WebSocket, WebSocketServer } from "ws";
import type { WebSettings } from "../environment";
import type { Server } from "../server";
import { type AppTier, fromAppTier } from "./app-tier";
import { LiveSocket } from "./live-socket";
import { authorization, sessionToken } from "./routes";

const MAX_MESSAGE_BYTES = 64 * 1024;

export class LiveSockets {
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  private readonly open = new Map<WebSocket, LiveSocket>();
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
    const beat = () => {
      for (const live of this.open.values()) live.beat();
    };
    this.heartbeat = setInterval(beat, (settings.idleTimeoutSeconds * 1000) / 3);
    this.heartbeat.unref();
  }

  async drain(): Promise<void> {
    clearInterval(this.heartbeat);
    await Promise.all(
      [...this.open].map(([socket, live]) => {
        const closed = once(socket, "close");
        live.askToLeave();
        return closed;
      }),
    );
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    const reject = (status: string) => {
      const lines = [`HTTP/1.1 ${status}`, ...this.identity, "connection: close", "content-length: 0"];
      socket.end(`${lines.join("\r\n")}\r\n\r\n`);
    };
    if (request.url?.split("?")[0] !== "/live") return reject("404 Not Found");
    // Browsers send the cookie with a WebSocket that a page of another site opens.
    if (!isSameOrigin(request.headers)) return reject("403 Forbidden");
    const headers = authorization(sessionToken(cookie.parse(request.headers.cookie ?? "")));
    const session = await this.appTier
      .call({ method: "GET", path: "/session", headers, repeatable: true })
      .catch(() => undefined);
    if (session === undefined || !fromAppTier(session)) return reject("502 Bad Gateway");
    if (session.status === 401) return reject("401 Unauthorized");
    if (session.status !== 200 || this.server.draining) return reject("503 Service Unavailable");
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, headers));
  }

  private accept(socket: WebSocket, headers: { authorization?: string }): void {
    const live = new LiveSocket(socket, headers, this.settings, this.appTier, this.maxAgeMs());
    this.open.set(socket, live);
    socket.on("close", () => this.open.delete(socket));
    socket.on("error", (error) => this.server.http.log.info({ err: error }, "WebSocket failed"));
  }

  /**
   * Neither a flip nor a deregistration closes an open socket before the deregistration delay ends. So each socket
   * has a random maximum age well below that delay, after which its client reconnects to the live color.
   */
  private maxAgeMs(): number {
    return this.settings.drainSeconds * 1000 * (0.3 + Math.random() * 0.2);
  }
}

/** True without `Origin`, which every browser sends. */
function isSameOrigin({ origin, host }: IncomingMessage["headers"]): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
