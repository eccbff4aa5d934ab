import * as http from "node:http";
import * as http2 from "node:http2";
import type { Socket } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import type { TLSSocket } from "node:tls";

/** Headers of a single HTTP/1.1 connection, which HTTP/2 forbids. */
const CONNECTION_HEADERS = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/**
 * Translates HTTP/2 of a client to HTTP/1.1, as a load balancer does for its targets: each stream becomes a connection
 * with one request.
 *
 * @param serve receives the HTTP/1.1 side of each stream
 */
export function serveHttp2(client: TLSSocket, serve: (stream: Duplex) => void): void {
  const { remoteAddress, remotePort } = client;
  const session = http2.performServerHandshake(client);
  session.on("error", () => session.destroy());
  session.on("stream", (stream, headers) => {
    const [inner, outer] = duplexPair();
    serve(Object.assign(inner, { encrypted: true, remoteAddress, remotePort }));
    translate(stream, headers, outer);
  });
}

function translate(
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  connection: Duplex,
): void {
  const failed = () => {
    if (!stream.closed) stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  };
  const outgoing = http.request({
    createConnection: () => connection as Socket,
    method: headers[":method"],
    path: headers[":path"],
    headers: requestHeaders(headers),
    setHost: false,
  });
  outgoing.on("error", failed);
  outgoing.on("response", (incoming) => {
    if (stream.destroyed) return;
    const ended = headers[":method"] === "HEAD";
    stream.respond(
      { ":status": incoming.statusCode ?? 502, ...responseHeaders(incoming) },
      { endStream: ended },
    );
    incoming.on("error", failed);
    if (!ended) incoming.pipe(stream);
  });
  stream.on("error", () => connection.destroy());
  stream.on("close", () => connection.destroy());
  if (stream.endAfterHeaders) outgoing.end();
  else stream.pipe(outgoing);
}

function requestHeaders(headers: http2.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const own = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
  return { ...Object.fromEntries(own), host: headers[":authority"] ?? headers.host };
}

function responseHeaders({ headers }: http.IncomingMessage): http2.OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.includes(name));
  return Object.fromEntries(kept);
}
