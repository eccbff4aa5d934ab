import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { WebSettings } from "../environment";
import { HttpError } from "../server";

export interface AppRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body?: string | Readable;
  /**
   * True if the request changes nothing or has an idempotency key. Such a request is sent again if the load balancer
   * had closed the connection, or could not reach an instance.
   */
  readonly repeatable: boolean;
  /** @default 15 s, more than the application tier takes before it gives up */
  readonly limitMs?: number;
}

export interface AppResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const ANSWER_LIMIT_MS = 15_000;
/**
 * Pauses before a request is sent again that the load balancer answered itself with 502 or 503. It sends requests to a
 * failed instance until its health checks notice, and chooses another instance for the next attempt.
 */
const REPEAT_PAUSES_MS = [10, 20, 40, 80];

async function textOf(response: http.IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response) {
    size += piece.length;
    if (size > MAX_ANSWER_BYTES) throw new HttpError(502, "The application tier's response is too long.");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function wasStale(request: http.ClientRequest, error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return request.reusedSocket && (code === "ECONNRESET" || code === "EPIPE");
}

/** False for a response that the internal load balancer generated itself. */
export function fromAppTier({ headers }: Pick<AppResponse, "headers">): boolean {
  return headers["x-changeover-instance"] !== undefined;
}

function isUnreached(answer: AppResponse): boolean {
  return !fromAppTier(answer) && (answer.status === 502 || answer.status === 503);
}

/** Client of the application tier of the same color, through the internal load balancer. */
export class AppTier {
  private readonly secure: boolean;
  private readonly agent: http.Agent;

  constructor(private readonly settings: WebSettings) {
    this.secure = settings.appUrl.protocol === "https:";
    // The web tier must close idle connections. If the load balancer closed one, a request could be sent on it at the
    // same time. `timeout` is the agent's option for sockets without a request.
    const options = { keepAlive: true, timeout: (settings.idleTimeoutSeconds * 1000) / 2 };
    this.agent = this.secure ? new https.Agent(options) : new http.Agent(options);
  }

  /** @throws {HttpError} 502 if the connection fails, 504 if no response arrives in time. */
  async call(request: AppRequest): Promise<AppResponse> {
    let answer = await this.callOnce(request);
    for (const pauseMs of request.repeatable ? REPEAT_PAUSES_MS : []) {
      if (!isUnreached(answer)) break;
      await sleep(pauseMs * (0.5 + Math.random()));
      answer = await this.callOnce(request);
    }
    return answer;
  }

  private async callOnce(request: AppRequest): Promise<AppResponse> {
    const first = this.send(request, this.agent);
    try {
      return await first.answer;
    } catch (error) {
      if (request.repeatable && wasStale(first.request, error)) {
        return this.send(request, false).answer.catch(rejectCall);
      }
      return rejectCall(error);
    }
  }

  private send({ method, path, headers, body, limitMs }: AppRequest, agent: http.Agent | false) {
    const timeout = limitMs ?? ANSWER_LIMIT_MS;
    const request = (this.secure ? https : http).request(this.settings.appUrl, {
      method,
      path,
      agent,
      timeout,
      headers: { ...headers, "x-changeover-color": this.settings.color },
    });
    request.once("timeout", () => {
      request.destroy(new HttpError(504, `The application tier did not answer within ${timeout / 1000} s.`));
    });
    const answer = new Promise<AppResponse>((resolve, reject) => {
      request.on("error", reject);
      request.once("response", (response) => {
        textOf(response)
          .then((text) =>
            resolve({ status: response.statusCode ?? 502, headers: response.headers, body: text }),
          )
          .catch(reject)
          .finally(() => request.writableFinished || request.destroy());
      });
      if (body === undefined || typeof body === "string") request.end(body);
      else stream(body, request);
    });
    return { request, answer };
  }

  release(): void {
    this.agent.destroy();
  }
}

/** pipeline() is not used: if the application tier fails, it would close the client's connection before the 502. */
function stream(body: Readable, request: http.ClientRequest): void {
  body.pipe(request);
  body.once("close", () => {
    if (!body.readableEnded)
      request.destroy(new HttpError(400, "The client closed the connection before its upload was complete."));
  });
  // After an early response the rest of the body is discarded. A paused client would wait forever.
  request.once("close", () => {
    body.unpipe(request);
    body.resume();
  });
}

function rejectCall(error: unknown): never {
  if (error instanceof HttpError) throw error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  throw new HttpError(502, `The application tier could not be reached (${String(code ?? message)}).`);
}
