import * as http from "node:http";
import type { Socket } from "node:net";
import type { Tunnel } from "./forward";

/** Answers an upgrade request in plain HTTP, for which Node offers only a socket. */
export function responseOn(request: http.IncomingMessage, client: Socket): http.ServerResponse {
  const response = new http.ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(client);
  response.on("finish", () => client.destroySoon());
  return response;
}

/** Only WebSockets are forwarded, as on AWS. */
export function isWebSocket(request: http.IncomingMessage): boolean {
  return request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket";
}

/**
 * Passes bytes both ways once the target has agreed. The two connections end together; each may be silent for the
 * idle timeout.
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
      // The close event that follows reports a broken side.
      side.on("error", () => {});
      side.on("close", () => {
        other.destroySoon();
        if (--open === 0) closed();
      });
    }
  };
}

/** The target's own headers, including those of the connection. */
function responseHead(targetResponse: http.IncomingMessage, cookies: readonly string[]): string {
  const lines = [`HTTP/1.1 ${targetResponse.statusCode} ${targetResponse.statusMessage}`];
  for (let i = 0; i + 1 < targetResponse.rawHeaders.length; i += 2) {
    lines.push(`${targetResponse.rawHeaders[i]}: ${targetResponse.rawHeaders[i + 1]}`);
  }
  lines.push(...cookies.map((cookie) => `Set-Cookie: ${cookie}`), "", "");
  return lines.join("\r\n");
}
