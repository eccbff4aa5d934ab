/** Sends one request to a load balancer, on a connection of its own, so that it chooses a target for each request. */

import * as http from "node:http";
import * as http2 from "node:http2";
import { isIP } from "node:net";
import type { Readable } from "node:stream";
import * as tls from "node:tls";
import type { GateTier } from "./event";

const REQUEST_LIMIT_MS = 5_000;
const BODY_LIMIT_CHARACTERS = 64 * 1024;

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Over TLS, the load balancer chooses the protocol, and prefers HTTP/2, as for a browser. It translates HTTP/2 for target
 * groups of HTTP/1.1, and responds with 464 to HTTP/1.1 for target groups of HTTP/2.
 *
 * @throws the error of the connection, or an error that says that there was no response in time
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
 */
export async function get(tier: GateTier, url: URL): Promise<RawAnswer> {
  const signal = AbortSignal.timeout(REQUEST_LIMIT_MS);
  try {
    if (url.protocol === "http:") return await getByHttp1(tier, url, { agent: false }, signal);
    const socket = await connectByTls(tier, url, signal);
    try {
      return socket.alpnProtocol === "h2"
        ? await getByHttp2(tier, url, socket, signal)
        : await getByHttp1(tier, url, { createConnection: () => socket }, signal);
    } finally {
      socket.destroy();
    }
  } catch (error) {
    throw signal.aborted ? new Error(`no response within ${REQUEST_LIMIT_MS / 1000} s`) : error;
  }
}

function connectByTls(
  { host, serverName = host }: GateTier,
  url: URL,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  const address = url.hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host: address,
      port: Number(url.port) || 443,
      ...(isIP(address) && serverName === undefined ? {} : { servername: serverName ?? address }),
      ALPNProtocols: ["h2", "http/1.1"],
    });
    const abort = () => socket.destroy(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    socket.once("secureConnect", () => resolve(socket));
    socket.on("error", reject);
    socket.once("close", () => signal.removeEventListener("abort", abort));
  });
}

function getByHttp1(
  tier: GateTier,
  url: URL,
  connection: http.RequestOptions,
  signal: AbortSignal,
): Promise<RawAnswer> {
  const headers = { host: tier.host ?? url.host, ...tier.headers, connection: "close" };
  // The connection has its protocol already.
  const { hostname, port, pathname, search } = url;
  const target = { hostname, port, path: `${pathname}${search}` };
  return new Promise((resolve, reject) => {
    const request = http.get({ ...target, ...connection, headers, signal }, (response) => {
      bodyOf(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: textOf(response.headers), body }),
        reject,
      );
    });
    request.on("error", reject);
  });
}

function getByHttp2(
  tier: GateTier,
  url: URL,
  socket: tls.TLSSocket,
  signal: AbortSignal,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(url.origin, { createConnection: () => socket });
    session.on("error", reject);
    const headers = {
      ...tier.headers,
      ":authority": tier.host ?? url.host,
      ":path": `${url.pathname}${url.search}`,
    };
    const stream = session.request(headers, { signal });
    stream.on("error", reject);
    stream.on("response", (received) => {
      bodyOf(stream)
        .then(
          (body) => resolve({ status: received[":status"] ?? 0, headers: textOf(received), body }),
          reject,
        )
        .finally(() => session.destroy());
    });
  });
}

async function bodyOf(response: Readable): Promise<string> {
  let body = "";
  response.setEncoding("utf8");
  for await (const text of response) {
    body += text;
    if (body.length > BODY_LIMIT_CHARACTERS) throw new Error("the response is too long");
  }
  return body;
}

function textOf(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
