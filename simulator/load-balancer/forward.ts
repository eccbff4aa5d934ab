import * as http from "node:http";
import type { Socket } from "node:net";
import { isEncrypted } from "./encrypted";
import { sendError } from "./fixed-responses";
import { requestHeaders, responseHeaders } from "./headers";
import type { TargetGroup } from "./target-group";
import type { Exchange, TargetRegistration } from "./target-registration";

/** Time that an Application Load Balancer allows for connecting to a target. */
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_RESPONSE_HEAD_BYTES = 32 * 1024;

/** A request and the target that was chosen for it. */
export interface ProxiedRequest {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly group: TargetGroup;
  readonly registration: TargetRegistration;
  /** `Set-Cookie` values for the response. */
  readonly cookies: readonly string[];
  readonly idleTimeoutMs: number;
  readonly listenerPort: number;
  /** Set for an upgrade request; called if the target accepts the upgrade. */
  readonly tunnel?: Tunnel;
}

/**
 * Connects client and target after the target's 101 response. `closed` is called once, when both connections are
 * closed.
 */
export type Tunnel = (
  targetResponse: http.IncomingMessage,
  target: Socket,
  head: Buffer,
  closed: () => void,
) => void;

/**
 * Streams the request to its target and the response back. Nothing is retried, so the client sees the failure of a
 * target.
 */
export function forward(proxied: ProxiedRequest): void {
  const { request, response, group, registration, tunnel } = proxied;
  const { counters } = group;
  /** Set when the response headers have been sent to the client. */
  let targetResponse: http.IncomingMessage | undefined;
  let over = false;

  counters.requests++;
  counters.inFlight++;
  const sentAt = performance.now();
  const outgoing = http.request({
    agent: registration.agent,
    host: registration.target.host,
    port: registration.target.port,
    method: request.method,
    path: request.url,
    headers: targetHeaders(proxied),
    setHost: false,
    timeout: proxied.idleTimeoutMs,
    maxHeaderSize: MAX_RESPONSE_HEAD_BYTES,
  });
  const exchange: Exchange = { cut: () => fail(502) };
  registration.begin(exchange);

  const finish = () => {
    counters.inFlight--;
    registration.finish(exchange);
  };
  /**
   * Reports a failure to the client: as a status if no response headers have been sent, otherwise by closing the
   * connection.
   */
  const fail = (statusCode: 408 | 502 | 504) => {
    if (over) return;
    over = true;
    outgoing.destroy();
    if (targetResponse !== undefined) {
      counters.cutResponses++;
      response.destroy();
      return;
    }
    if (statusCode !== 408) counters.balancer5xx++;
    else response.shouldKeepAlive = false;
    request.unpipe(outgoing);
    request.resume();
    sendError(response, statusCode);
  };

  /** A connection that the target closes after a complete response is not a failure. */
  const broke = () => {
    if (!targetResponse?.complete) fail(502);
  };
  const closed = () => {
    if (!over && targetResponse === undefined) counters.clientClosed++;
    over = true;
    // The target may have sent a complete response before it had read the whole request.
    if (!outgoing.writableFinished || !response.writableFinished) outgoing.destroy();
    finish();
  };

  outgoing.on("response", (head) => {
    if (over) return;
    targetResponse = head;
    counters.targetResponded(head.statusCode ?? 0, performance.now() - sentAt);
    head.on("error", broke);
    sendResponse(proxied, head);
  });
  outgoing.on("error", broke);
  outgoing.on("timeout", () => fail(clientStalls(request, outgoing) ? 408 : 504));
  limitConnecting(outgoing, () => fail(504));
  if (tunnel !== undefined) {
    outgoing.on("upgrade", (head, target, rest) => {
      if (over) return target.destroy();
      over = true;
      response.off("close", closed);
      exchange.cut = () => target.destroy();
      tunnel(head, target, rest, finish);
    });
  }
  response.on("close", closed);
  sendBody(request, outgoing);
}

function targetHeaders({ request, listenerPort, tunnel }: ProxiedRequest): string[] {
  const { headers } = request;
  return requestHeaders(request.rawHeaders, {
    clientAddress: request.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "",
    listenerPort,
    protocol: isEncrypted(request) ? "https" : "http",
    chunked: headers["transfer-encoding"] !== undefined,
    upgrade: tunnel === undefined ? undefined : headers.upgrade,
    forwardedFor: joined(headers["x-forwarded-for"]),
    traceId: joined(headers["x-amzn-trace-id"]),
  });
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function sendBody(request: http.IncomingMessage, outgoing: http.ClientRequest): void {
  const { "transfer-encoding": encoding, "content-length": length = "0" } = request.headers;
  if (encoding === undefined && length === "0") {
    outgoing.end();
    return;
  }
  // Sends the request headers now, because the first byte of a slow upload may arrive minutes later.
  outgoing.flushHeaders();
  request.pipe(outgoing);
}

function sendResponse({ response, cookies }: ProxiedRequest, targetResponse: http.IncomingMessage): void {
  const keepAlive = response.shouldKeepAlive && response.req.httpVersionMinor > 0;
  response.writeHead(
    targetResponse.statusCode ?? 502,
    targetResponse.statusMessage,
    responseHeaders(targetResponse.rawHeaders, cookies, keepAlive),
  );
  let bodyStarted = false;
  targetResponse.once("data", () => {
    bodyStarted = true;
  });
  targetResponse.pipe(response);
  // Headers and body usually arrive together and are sent together. If the body is not there yet, the headers must
  // not wait for it.
  setImmediate(() => {
    if (!bodyStarted && !response.writableEnded) response.flushHeaders();
  });
}

/**
 * True if an idle timeout is the client's fault: its body is incomplete, and the target can still accept data. Then
 * the status is 408, otherwise 504.
 */
function clientStalls(request: http.IncomingMessage, outgoing: http.ClientRequest): boolean {
  return !request.complete && !outgoing.writableNeedDrain;
}

function limitConnecting(outgoing: http.ClientRequest, onLimit: () => void): void {
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(onLimit, CONNECT_TIMEOUT_MS);
    socket.once("connect", () => clearTimeout(timer));
    socket.once("close", () => clearTimeout(timer));
  });
}
