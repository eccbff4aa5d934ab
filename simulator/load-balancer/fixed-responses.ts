import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { isEncrypted } from "./encrypted";
import type { Action } from "./types";

/** Sends an error response of the load balancer itself. */
export function sendError(response: ServerResponse, statusCode: number): void {
  const title = `${statusCode} ${STATUS_CODES[statusCode] ?? ""}`.trim();
  const page = `<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center></body></html>\r\n`;
  send(response, statusCode, { "Content-Type": "text/html" }, page);
}

export function sendFixedResponse(
  response: ServerResponse,
  action: Extract<Action, { type: "fixed-response" }>,
): void {
  send(response, action.statusCode, { "Content-Type": action.contentType }, action.body);
}

export function sendRedirect(
  response: ServerResponse,
  action: Extract<Action, { type: "redirect" }>,
  request: IncomingMessage,
  listenerPort: number,
): void {
  const Location = redirectLocation(
    action.location,
    request.headers.host ?? "",
    request.url ?? "/",
    listenerPort,
    isEncrypted(request) ? "https" : "http",
  );
  send(response, action.statusCode, { Location, "Content-Type": "text/html" }, "");
}

/** Fills in `#{protocol}`, `#{host}`, `#{port}`, `#{path}` (without its first `/`) and `#{query}` of the request. */
export function redirectLocation(
  location: string,
  host: string,
  url: string,
  listenerPort: number,
  protocol: "http" | "https" = "http",
): string {
  const [path = "", ...query] = url.split("?");
  const values: Readonly<Record<string, string>> = {
    protocol,
    host: withoutPort(host),
    port: String(listenerPort),
    path: path.replace(/^\//, ""),
    query: query.join("?"),
  };
  const filled = location.replace(/#\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return filled.replace(/\?$/, "");
}

export function withoutPort(host: string): string {
  return host.replace(/:\d*$/, "");
}

function send(
  response: ServerResponse,
  statusCode: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  response.writeHead(statusCode, {
    Server: "awselb/2.0",
    ...headers,
    "Content-Length": Buffer.byteLength(body),
    Connection: response.shouldKeepAlive ? "keep-alive" : "close",
  });
  response.end(body);
}
