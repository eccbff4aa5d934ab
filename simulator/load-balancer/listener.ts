import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { responseOn } from "./upgrade";

/** AWS's limits: 64 KiB for the whole head, 16 KiB for the request line and for a single header. */
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 16 * 1024;

/** `upgrade` is called when the client requests another protocol on this connection. */
export type Handler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  upgrade?: { readonly client: Socket; readonly head: Buffer },
) => void;

/** The client side of the load balancer. */
export interface Listener {
  readonly port: number;
  setIdleTimeout(ms: number): void;
  /** Accepts no more connections, and closes those without a request. */
  stopAccepting(): void;
  /** Closes every connection and resolves when all are gone. */
  close(): Promise<void>;
}

export async function listen(host: string, port: number, handler: Handler): Promise<Listener> {
  const clients = new Set<Socket>();
  // No limit for a whole request: an upload may take minutes. Silence is limited, not length.
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

/** The status for a request that AWS would reject, because its address or one header is too long; else undefined. */
export function rejectionStatus(request: http.IncomingMessage): 400 | 414 | undefined {
  if ((request.url ?? "").length > MAX_LINE_BYTES) return 414;
  const { rawHeaders } = request;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if ((rawHeaders[i]?.length ?? 0) + (rawHeaders[i + 1]?.length ?? 0) > MAX_LINE_BYTES) return 400;
  }
  return undefined;
}

/** 400 for a head that is too long or not HTTP, 408 for one that is late; nothing for a client that is gone. */
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
