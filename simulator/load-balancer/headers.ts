import { randomBytes } from "node:crypto";

/**
 * Alternating header names and values, as in `IncomingMessage.rawHeaders`. Order, case and repetition are preserved.
 */
export type RawHeaders = readonly string[];

const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Client headers that are not forwarded: the load balancer sets its own values, or handles the header itself
 * (`Expect`).
 */
const REPLACED_IN_REQUESTS = new Set([
  "expect",
  "x-amzn-trace-id",
  "x-forwarded-for",
  "x-forwarded-port",
  "x-forwarded-proto",
]);

export interface Forwarded {
  readonly clientAddress: string;
  readonly listenerPort: number;
  readonly protocol: "http" | "https";
  /** True if the request has the header `Transfer-Encoding`. */
  readonly chunked: boolean;
  /** Protocol of an upgrade request, such as `websocket`. */
  readonly upgrade?: string | undefined;
  /** Values of the client's `X-Forwarded-For` and `X-Amzn-Trace-Id`, which the load balancer extends. */
  readonly forwardedFor?: string | undefined;
  readonly traceId?: string | undefined;
}

/** Returns the headers that the target receives. */
export function requestHeaders(raw: RawHeaders, forwarded: Forwarded): string[] {
  const headers = endToEnd(raw, REPLACED_IN_REQUESTS);
  const { forwardedFor, clientAddress } = forwarded;
  headers.push(
    "X-Forwarded-For",
    forwardedFor === undefined ? clientAddress : `${forwardedFor}, ${clientAddress}`,
    "X-Forwarded-Proto",
    forwarded.protocol,
    "X-Forwarded-Port",
    String(forwarded.listenerPort),
    "X-Amzn-Trace-Id",
    traceId(forwarded.traceId),
  );
  if (forwarded.chunked) headers.push("Transfer-Encoding", "chunked");
  if (forwarded.upgrade !== undefined) headers.push("Connection", "Upgrade", "Upgrade", forwarded.upgrade);
  return headers;
}

/** Returns the headers that the client receives. */
export function responseHeaders(raw: RawHeaders, cookies: readonly string[], keepAlive: boolean): string[] {
  const headers = endToEnd(raw);
  for (const cookie of cookies) headers.push("Set-Cookie", cookie);
  // Set explicitly, because Node would add `Keep-Alive: timeout=`, which AWS does not send.
  headers.push("Connection", keepAlive ? "keep-alive" : "close");
  return headers;
}

/** Creates a trace id. If the client sent one, adds the field `Self` to that one, as AWS documents. */
export function traceId(received?: string, nowMs = Date.now()): string {
  const id = `1-${Math.floor(nowMs / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;
  const fields = (received ?? "").split(";").filter((field) => field !== "" && !field.startsWith("Self="));
  const hasRoot = fields.some((field) => field.startsWith("Root="));
  return [hasRoot ? `Self=${id}` : `Root=${id}`, ...fields].join(";");
}

/**
 * Removes the headers that apply to a single connection, the headers that `Connection` lists, and those in `without`.
 */
function endToEnd(raw: RawHeaders, without?: ReadonlySet<string>): string[] {
  const named = connectionNames(raw);
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? "";
    const key = name.toLowerCase();
    if (HOP_BY_HOP.has(key) || without?.has(key) || named?.includes(key)) continue;
    kept.push(name, raw[i + 1] ?? "");
  }
  return kept;
}

function connectionNames(raw: RawHeaders): string[] | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() !== "connection") continue;
    const names = (raw[i + 1] ?? "")
      .toLowerCase()
      .split(",")
      .map((name) => name.trim());
    // A client must not be able to remove the headers that delimit the body or name the host.
    return names.filter((name) => name !== "content-length" && name !== "host");
  }
  return undefined;
}
