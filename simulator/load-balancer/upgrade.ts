import * as http from "node:http";
import type { Socket } from "node:net";
import type { Tunnel } from "./forward";

/** Creates an HTTP response to an upgrade request, for which Node provides only a socket. */
export function responseOn(request: http.IncomingMessage, client: Socket): http.ServerResponse {
  const response = new http.ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(client);
  response.on("finish", () => client.destroySoon());
  return response;
}

/** As on AWS, WebSocket is the only supported upgrade. */
export function isWebSocket(request: http.IncomingMessage): boolean {
  return request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket";
}

/**
 * Connects client and target in both directions after the target's 101 response. If one connection closes or is idle
 * for the idle timeout, both are closed.
 */
export function tunnelTo(
  client: Socket,
  clientHead: Buffer,
  response: http.ServerResponse,
  cookies: readonly string[],
  idleTimeoutMs: number,
): Tunnel {
  return (targetResponse, target, targetHead, closed) => {
    response.detachSocket(client);
    client.write(responseHead(targetResponse, cookies));
    client.write(targetHead);
    target.write(clientHead);
    client.pipe(target);
    target.pipe(client);
    let open = 2;
    for (const [side, other] of [
      [client, target],
      [target, client],
    ] as const) {
      side.setTimeout(idleTimeoutMs, () => side.destroy());
      // The close event that follows an error is handled below.
      side.on("error", () => {});
      side.on("close", () => {
        other.destroySoon();
        if (--open === 0) closed();
      });
    }
  };
}

/**
 * Returns the response headers of the target unchanged, including `Connection` and `Upgrade`, with the cookies added.
 */
function responseHead(targetResponse: http.IncomingMessage, cookies: readonly string[]): string {
  const lines = [`HTTP/1.1 ${targetResponse.statusCode} ${targetResponse.statusMessage}`];
  for (let i = 0; i + 1 < targetResponse.rawHeaders.length; i += 2) {
    lines.push(`${targetResponse.rawHeaders[i]}: ${targetResponse.rawHeaders[i + 1]}`);
  }
  lines.push(...cookies.map((cookie) => `Set-Cookie: ${cookie}`), "", "");
  return lines.join("\r\n");
}
