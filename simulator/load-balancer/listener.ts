import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";
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
  /** Stops accepting connections and closes those without an open request. */
  stopAccepting(): void;
  /** Closes every connection and resolves when all are closed. */
  close(): Promise<void>;
}

export async function listen(host: string, port: number, handler: Handler): Promise<Listener> {
  const clients = new Set<Socket>();
  // An upload may take minutes, so only the idle time of a connection is limited, not the duration of a request.
  const server = http.createServer({ maxHeaderSize: MAX_HEAD_BYTES, requestTimeout: 0 }, handler);
  server.on("connection", (client: Socket) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
  });
  server.on("upgrade", (request: http.IncomingMessage, client: Socket, head: Buffer) => {
    client.on("error", () => client.destroy());
    handler(request, responseOn(request, client), { client, head });
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
    stopAccepting() {
      server.close();
    },
    close() {
      for (const client of clients) client.destroy();
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
