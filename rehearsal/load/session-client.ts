import type {
  ApplicationLoad,
  JourneyAnswer,
  JourneyRequest,
  JourneyUser,
  Random,
  WrongAnswer,
} from "../../contract";
import { contentDifference, expectedStatuses, isSessionLost, ReceivedAnswer, readSource } from "./answer";
import { monotonicMs } from "./clock";
import { CookieJar } from "./cookies";
import type { DueRequest } from "./due-request";
import { type HttpClient, type HttpResponse, NoResponseError } from "./http-client";
import { startJourney } from "./journey-run";
import { originOf } from "./origin";
import type { LoadRecorder } from "./recorder";
import { render, type Values } from "./template";

/** A load balancer's own cookies. They belong to the client, so they outlive the session. */
const BALANCER_COOKIES = /^AWSALB/;

/** The part of a request that its answer is compared with. */
export interface AskedRequest extends Pick<JourneyRequest, "path" | "expect" | "remember" | "check"> {
  readonly method: string;
}

/** Sends the requests of one user, with cookies, remembered values and a session, and records every answer. */
export class SessionClient {
  /** The user as journeys see it, the same object in all of them. */
  readonly journeyUser: JourneyUser;
  private readonly cookies = new CookieJar();
  private hasSession = false;
  private sessionValues: Values = {};
  private currentValues: Values;

  constructor(
    readonly user: string,
    readonly recorder: LoadRecorder,
    private readonly http: HttpClient,
    private readonly load: ApplicationLoad,
    readonly timeoutMs: number,
    private readonly random: Random,
  ) {
    this.currentValues = { user };
    const currentValues = () => this.currentValues;
    this.journeyUser = {
      name: user,
      random,
      get values() {
        return currentValues();
      },
    };
  }

  /** True if the user may begin a journey. */
  get isReady(): boolean {
    return this.load.session === undefined || this.hasSession;
  }

  get values(): Values {
    return this.currentValues;
  }

  /** Forgets the values of the last journey. */
  beginJourney(): void {
    const random = Math.floor(this.random() * 36 ** 8).toString(36);
    this.currentValues = { user: this.user, random: random.padStart(8, "0"), ...this.sessionValues };
  }

  beginLogin(): void {
    this.endSession();
    this.beginJourney();
  }

  /** Ends the login: the values that it remembered stay for the whole session. */
  openSession(): void {
    const { random: _, ...values } = this.currentValues;
    this.sessionValues = values;
    this.hasSession = true;
    this.recorder.counts.opened++;
  }

  endSession(): void {
    this.hasSession = false;
    this.sessionValues = {};
    this.cookies.clear(BALANCER_COOKIES);
  }

  /** Logs in a device, which makes its requests outside of the schedule. @returns true if it may go on */
  async logIn(): Promise<boolean> {
    const { session } = this.load;
    if (session === undefined || this.hasSession) return true;
    this.beginLogin();
    const run = startJourney("login", session.login, this.journeyUser);
    for (let request = run.next(); request !== undefined; ) {
      const answer = await this.send(this.recorder.due(monotonicMs()), request);
      if (answer === undefined) {
        run.abandon();
        return false;
      }
      request = run.next(answer);
    }
    this.openSession();
    return true;
  }

  /** Headers of every request: cookies and those of the session. */
  headers(own: Readonly<Record<string, string>> = {}): Record<string, string> {
    const cookie = this.cookies.header();
    const session = this.hasSession ? (this.load.session?.headers ?? {}) : {};
    return {
      accept: "application/json, text/html;q=0.9, */*;q=0.8",
      ...lowerCase(render(session, this.sessionValues)),
      ...(cookie === undefined ? {} : { cookie }),
      ...lowerCase(own),
    };
  }

  /**
   * Sends a request once, without retries.
   *
   * @param values the values in braces, by default those of the current journey
   * @returns the answer if status and content are as expected
   */
  async send(
    due: DueRequest,
    request: JourneyRequest,
    values = this.currentValues,
  ): Promise<ReceivedAnswer | undefined> {
    const { check, remember, readBack: _, ...template } = request;
    const { path, json, form, body, headers, expect, ...rest } = render(template, {
      ...values,
      ...this.sessionValues,
    });
    const hasBody = json !== undefined || form !== undefined || body !== undefined;
    const method = rest.method ?? (hasBody ? "POST" : "GET");
    const effect = rest.effect ?? (method === "GET" || method === "HEAD" ? "read" : "write");
    const payload = payloadOf({ json, form, body });
    const asked = { method, path, expect, remember, check };
    due.assign(effect, { user: this.user, method, path });
    const deadlineMs = due.intendedMs + this.timeoutMs;
    try {
      if (deadlineMs <= monotonicMs()) {
        throw new NoResponseError("timeout", "no user was free to send it in time");
      }
      const sent = { ...(payload && { "content-type": payload.type }), ...this.headers(headers) };
      const response = await this.http.send({ method, path, headers: sent, body: payload?.body, deadlineMs });
      return this.accept(due, asked, response);
    } catch (error) {
      if (!(error instanceof NoResponseError)) throw error;
      due.fail(error.kind, error.message);
      return undefined;
    }
  }

  /** Settles a request by the status of its answer, and checks the content. @returns the answer if it is as expected */
  accept(due: DueRequest, asked: AskedRequest, response: HttpResponse): ReceivedAnswer | undefined {
    const answer = this.acceptStatus(due, asked, response);
    return answer !== undefined && this.acceptContent(asked, answer) ? answer : undefined;
  }

  /** Settles a request by the status of its answer. @returns the answer if the status is as expected */
  acceptStatus(
    due: DueRequest,
    asked: Pick<AskedRequest, "method" | "path" | "expect">,
    response: HttpResponse,
  ): ReceivedAnswer | undefined {
    this.cookies.store(response.headers["set-cookie"]);
    const answer = new ReceivedAnswer(response);
    const origin = originOf(answer, this.load.answers);
    const statuses = expectedStatuses(asked.expect);
    if (statuses.includes(answer.status)) {
      due.succeed(origin);
      return answer;
    }
    const kind = answer.status >= 500 ? "server-error" : "unexpected-status";
    const { color, version, instance } = origin;
    due.fail(kind, `expected ${statuses.join(" or ")}`, { status: answer.status, color, version, instance });
    if (isSessionLost(answer, this.load.session?.lost)) {
      this.loseSession(`${answer.status} for a user who is logged in`, asked);
    }
    return undefined;
  }

  wrong(detail: string, { method, path }: Pick<AskedRequest, "method" | "path">): void {
    this.recorder.wrong(detail, { user: this.user, method, path });
  }

  private acceptContent(asked: AskedRequest, answer: ReceivedAnswer): boolean {
    const difference = contentDifference(answer, asked.expect);
    const problem = difference === undefined ? this.remember(asked, answer) : { detail: difference };
    if (problem === undefined) return true;
    this.wrong(problem.detail, asked);
    if (problem.sessionLost) this.loseSession(problem.detail, asked);
    return false;
  }

  private remember({ remember = {}, check }: AskedRequest, answer: ReceivedAnswer): WrongAnswer | undefined {
    const values: Record<string, unknown> = {};
    for (const [name, source] of Object.entries(remember)) {
      values[name] = readSource(answer, source);
      if (values[name] === undefined) {
        return { detail: `the answer has no ${name} to remember (${JSON.stringify(sourceText(source))})` };
      }
    }
    this.currentValues = { ...this.currentValues, ...values };
    return checked(check, answer);
  }

  private loseSession(detail: string, { method, path }: Pick<AskedRequest, "method" | "path">): void {
    if (!this.hasSession) return;
    this.endSession();
    this.recorder.sessionLost(detail, { user: this.user, method, path });
  }
}

function checked(check: JourneyRequest["check"], answer: JourneyAnswer): WrongAnswer | undefined {
  const problem = check?.(answer);
  return typeof problem === "string" ? { detail: problem } : problem;
}

function payloadOf({ json, form, body }: Pick<JourneyRequest, "json" | "form" | "body">) {
  if (json !== undefined) return { type: "application/json", body: JSON.stringify(json) };
  if (form !== undefined) {
    return { type: "application/x-www-form-urlencoded", body: new URLSearchParams(form).toString() };
  }
  return body === undefined ? undefined : { type: "text/plain; charset=utf-8", body };
}

function sourceText(source: object): object {
  return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, String(value)]));
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
