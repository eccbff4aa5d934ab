import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TlsFront } from "./tls-front";
import type { LostNode, TlsSettings } from "./types";
import { responseOn } from "./upgrade";

/** Limits of AWS: 64 KiB for the request line and all headers, 16 KiB for the request line and for each header. */
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 16 * 1024;

/** `upgrade` is given if the client requests another protocol on this connection. */
export type Handler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  upgrade?: { readonly client: Socket; readonly head: Buffer },
) => void;

/** The client-facing side of the load balancer. */
export interface Listener {
  readonly port: number;
  setIdleTimeout(ms: number): void;
  setTls(settings: TlsSettings): void;
  /** False to close connections without TLS, as if nothing listened. */
  setPlain(accepted: boolean): void;
  /** Stops accepting connections and closes those without an open request. */
  stopAccepting(): void;
  /** Resets every second connection. */
  dropNode(): LostNode;
  /** Closes every connection and resolves when all are closed. */
  close(): Promise<void>;
}

export async function listen(host: string, port: number, handler: Handler): Promise<Listener> {
  /** The connections, with the number of their open requests. */
  const clients = new Map<Socket, number>();
  const counted: Handler = (request, response, upgrade) => {
    const client = tls.connectionOf(request.socket);
    const count = (change: 1 | -1) =>
      clients.has(client) && clients.set(client, (clients.get(client) ?? 0) + change);
    count(1);
    // The response of a WebSocket is detached from its connection, so it counts as open until the connection closes.
    response.once("close", () => count(-1));
    handler(request, response, upgrade);
  };
  // An upload may take minutes, so only the idle time of a connection is limited, not the duration of a request.
  const server = http.createServer({ maxHeaderSize: MAX_HEAD_BYTES, requestTimeout: 0 }, counted);
  // Connections reach Node's own handler directly, or after their TLS handshake.
  const [serve] = server.listeners("connection") as ((client: Duplex) => void)[];
  const tls = new TlsFront((client) => serve?.call(server, client));
  let plain = true;
  server.removeAllListeners("connection");
  server.on("connection", (client: Socket) => {
    clients.set(client, 0);
    client.on("close", () => clients.delete(client));
    tls.accept(client, () => {
      if (plain) serve?.call(server, client);
      else client.destroy();
    });
  });
  server.on("upgrade", (request: http.IncomingMessage, client: Socket, head: Buffer) => {
    client.on("error", () => client.destroy());
    counted(request, responseOn(request, client), { client, head });
  });
  server.on("clientError", reject);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    setIdleTimeout(ms) {
      server.keepAliveTimeout = ms;
      server.headersTimeout = ms;
    },
    setTls: (settings) => tls.configure(settings),
    setPlain(accepted) {
      plain = accepted;
    },
    stopAccepting() {
      server.close();
    },
    dropNode() {
      const lost = [...clients].filter((_, index) => index % 2 === 0);
      for (const [client] of lost) client.resetAndDestroy();
      const requests = lost.reduce((sum, [, open]) => sum + open, 0);
      return { connections: lost.length, requests };
    },
    close() {
      for (const client of clients.keys()) client.destroy();
      return closed;
    },
  };
}

/**
 * Returns the status with which AWS rejects a request whose URL or one of whose headers is too long; otherwise
 * undefined.
 */
export function rejectionStatus(request: http.IncomingMessage): 400 | 414 | undefined {
  if ((request.url ?? "").length > MAX_LINE_BYTES) return 414;
  const { rawHeaders } = request;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if ((rawHeaders[i]?.length ?? 0) + (rawHeaders[i + 1]?.length ?? 0) > MAX_LINE_BYTES) return 400;
  }
  return undefined;
}

/**
 * Responds with 400 if the request headers are too long or not HTTP, and with 408 if they arrive too late. Does
 * nothing if the client has disconnected.
 */
function reject(error: NodeJS.ErrnoException, client: Socket): void {
  if (error.code === "ECONNRESET" || !client.writable) {
    client.destroy();
    return;
  }
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  client.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nServer: awselb/2.0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
}
