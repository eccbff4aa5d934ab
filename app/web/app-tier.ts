/** How the web tier asks the application tier: through the inner load balancer, and only for its own color. */

import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import type { WebSettings } from "../environment";
import { HttpError } from "../server";

export interface Question {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: http.OutgoingHttpHeaders;
  /** Default: no body. */
  readonly body?: string | Readable;
  /**
   * May be sent a second time when a kept connection turns out to be closed: it changes nothing, or carries an
   * idempotency key.
   */
  readonly repeatable: boolean;
  /** Default: 15 s, more than the application tier takes before it gives up. */
  readonly limitMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The longest listing stays far below. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const ANSWER_LIMIT_MS = 15_000;

async function textOf(response: http.IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response) {
    size += piece.length;
    if (size > MAX_ANSWER_BYTES) throw new HttpError(502, "The application tier's answer is too long.");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** A socket that the other side had closed before it saw the request. */
function wasStale(request: http.ClientRequest, error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return request.reusedSocket && (code === "ECONNRESET" || code === "EPIPE");
}

export class AppTier {
  private readonly secure: boolean;
  private readonly agent: http.Agent;

  constructor(private readonly settings: WebSettings) {
    this.secure = settings.appUrl.protocol === "https:";
    // Of a kept connection this side must be the one that closes it, long before the balancer may: were it the
    // balancer, a request could be on its way. `timeout` is the agent's own, for sockets without a request.
    const options = { keepAlive: true, timeout: (settings.idleTimeoutSeconds * 1000) / 2 };
    this.agent = this.secure ? new https.Agent(options) : new http.Agent(options);
  }

  /** @throws {HttpError} 502 when the connection fails, 504 when no answer comes in time. */
  async ask(question: Question): Promise<Answer> {
    const first = this.send(question, this.agent);
    try {
      return await first.answer;
    } catch (error) {
      if (question.repeatable && wasStale(first.request, error)) {
        return this.send(question, false).answer.catch(refuse);
      }
      return refuse(error);
    }
  }

  private send({ method, path, headers, body, limitMs }: Question, agent: http.Agent | false) {
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
    const answer = new Promise<Answer>((resolve, reject) => {
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

/** Not pipeline(): when the application tier fails, that would cut the client off before it got its 502. */
function stream(body: Readable, request: http.ClientRequest): void {
  body.pipe(request);
  body.once("close", () => {
    if (!body.readableEnded)
      request.destroy(new HttpError(400, "The client left before its upload was complete."));
  });
  // Answered before the end: nobody wants the rest, and a paused client would wait for ever.
  request.once("close", () => {
    body.unpipe(request);
    body.resume();
  });
}

function refuse(error: unknown): never {
  if (error instanceof HttpError) throw error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  throw new HttpError(502, `The application tier could not be asked (${String(code ?? message)}).`);
}
