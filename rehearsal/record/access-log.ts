import { createReadStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

/** One request of an access log of an Application Load Balancer. */
export interface LoggedRequest {
  readonly timeMs: number;
  /** Address and user agent: a key of the client, which is never written. */
  readonly client: string;
  readonly method: string;
  /** Path and query of the URL. */
  readonly url: string;
  readonly status: number;
}

/** Kinds of requests with an HTTP method and an answer; the others are WebSockets. */
const HTTP_KINDS = new Set(["http", "https", "h2"]);
const FIELD = /"((?:[^"\\]|\\.)*)"|(\S+)/g;

/**
 * Parses a line.
 *
 * @returns undefined for a line without an answered request, such as the line of a WebSocket
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
 */
export function parseLogLine(line: string): LoggedRequest | undefined {
  const fields = [...line.matchAll(FIELD)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const [kind = "", time = "", , client = "", , , , , elbStatus = "", , , , request = "", userAgent = ""] =
    fields;
  const [method = "", address = "", protocol = ""] = request.split(" ");
  const timeMs = Date.parse(time);
  const status = Number(elbStatus);
  const isRequest = HTTP_KINDS.has(kind) && /^HTTP\//.test(protocol) && status >= 100;
  if (!isRequest || Number.isNaN(timeMs) || !URL.canParse(address)) return undefined;
  const { pathname, search } = new URL(address);
  return {
    timeMs,
    client: `${client.replace(/:\d+$/, "")} ${userAgent}`,
    method,
    url: pathname + search,
    status,
  };
}

/** A path without a usable access log. */
export class AccessLogError extends Error {
  override readonly name = "AccessLogError";
}

/** The files of a folder and its subfolders, or the file itself. @throws AccessLogError if there is none */
export function accessLogFiles(path: string): string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw new AccessLogError(
      `--record must be access logs of a load balancer, a file or a folder, got ${path} (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
  if (!isFolder) return [path];
  const files = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(log|gz|txt)$/.test(name))
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .sort();
  if (files.length > 0) return files;
  throw new AccessLogError(
    `--record must be a folder with files that end with .log or .gz, got none in ${path}. ` +
      "Copy them from the bucket of the load balancer's access logs.",
  );
}

/** Reads the lines of an access log, compressed or not. @throws AccessLogError if it cannot be read */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  // The error of a broken file also ends the iteration below.
  const input = file.endsWith(".gz") ? pipeline(source, createGunzip(), () => undefined) : source;
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw new AccessLogError(`${file} cannot be read: ${(error as Error).message}`);
  } finally {
    source.destroy();
  }
}
