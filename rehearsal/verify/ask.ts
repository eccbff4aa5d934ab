import { monotonicMs } from "../load/clock";
import { HttpClient, type HttpResponse, NoResponseError } from "../load/http-client";
import { TargetAddress } from "../load/target-address";

/** The time limit that the load balancer and the health gate have for a check. */
export const CHECK_LIMIT_MS = 5_000;

export interface Question {
  readonly port: number;
  readonly path: string;
  /** @default GET */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly limitMs?: number;
}

/**
 * Sends one request to an instance, over a connection of its own.
 *
 * @returns the answer, or the reason why there is none
 */
export async function ask(question: Question): Promise<HttpResponse | string> {
  const { port, path, method = "GET", headers = {}, body, limitMs = CHECK_LIMIT_MS } = question;
  const client = new HttpClient(new TargetAddress(`http://127.0.0.1:${port}`), {
    maxSockets: 1,
    idleSeconds: 1,
  });
  try {
    return await client.send({ method, path, headers, body, deadlineMs: monotonicMs() + limitMs });
  } catch (error) {
    if (!(error instanceof NoResponseError)) throw error;
    return error.kind === "timeout" ? `no answer within ${limitMs / 1000} s` : `no answer (${error.message})`;
  } finally {
    client.close();
  }
}

/** The status of an answer, or the reason why there is none. */
export function shownAnswer(answer: HttpResponse | string): string {
  return typeof answer === "string" ? answer : String(answer.status);
}

export function hasStatus(answer: HttpResponse | string, status: number): boolean {
  return typeof answer !== "string" && answer.status === status;
}
