import type { ApplicationLoad, JourneyRequest } from "../../contract";
import { monotonicMs } from "./clock";
import { CookieJar } from "./cookies";
import type { DueRequest } from "./due-request";
import { type HttpClient, type HttpResponse, NoResponseError } from "./http-client";
import { originOf } from "./origin";
import type { LoadRecorder } from "./recorder";

export type ExpectedAnswer = Pick<JourneyRequest, "path" | "expect"> & { readonly method: string };

/** Sends the requests of one user, with cookies and a session, and records every answer. */
export class SessionClient {
  private readonly cookies = new CookieJar();
  private hasSession = false;

  constructor(
    readonly user: string,
    readonly recorder: LoadRecorder,
    private readonly http: HttpClient,
    private readonly load: ApplicationLoad,
    readonly timeoutMs: number,
  ) {}

  get loggedIn(): boolean {
    return this.hasSession;
  }

  get cookieHeader(): string | undefined {
    return this.cookies.header();
  }

  async logIn(due: DueRequest): Promise<void> {
    const { sessionCookie } = this.load;
    this.cookies.delete(sessionCookie);
    const request = this.load.logIn(this.user);
    if (!(await this.send(due, request))) return;
    if (this.cookies.has(sessionCookie)) {
      this.hasSession = true;
      this.recorder.counts.opened++;
    } else {
      this.wrong("a login without a session cookie", request);
    }
  }

  async logOut(due: DueRequest): Promise<void> {
    await this.send(due, this.load.logOut(this.user));
    // The session is dropped even if the logout failed; the failure is already recorded.
    this.hasSession = false;
    this.cookies.delete(this.load.sessionCookie);
  }

  /** Sends a request once, without retries. @returns true if status and body are as expected */
  async send(due: DueRequest, request: JourneyRequest): Promise<boolean> {
    const response = await this.exchange(due, request);
    if (response === undefined) return false;
    if (request.check === undefined) return true;
    let body: unknown;
    try {
      body = JSON.parse(response.body);
    } catch {
      this.wrong("an answer that is no JSON", request);
      return false;
    }
    const problem = request.check(body);
    if (problem === undefined) return true;
    this.wrong(problem.detail, request);
    if (problem.sessionLost) this.loseSession(problem.detail, request);
    return false;
  }

  /** Settles a request by the status of its answer. @returns true if the status is as expected */
  accept(
    due: DueRequest,
    request: ExpectedAnswer,
    response: Pick<HttpResponse, "status" | "headers">,
  ): boolean {
    this.cookies.store(response.headers["set-cookie"]);
    const origin = originOf(response.headers, this.load.answerHeaders);
    if (response.status === request.expect) {
      due.succeed(origin);
      return true;
    }
    const kind = response.status >= 500 ? "server-error" : "unexpected-status";
    due.fail(kind, `expected ${request.expect}`, { status: response.status, color: origin.color });
    if (response.status === 401) this.loseSession("401 for a user who is logged in", request);
    return false;
  }

  wrong(detail: string, { method, path }: Pick<ExpectedAnswer, "method" | "path">): void {
    this.recorder.wrong(detail, { user: this.user, method, path });
  }

  private loseSession(detail: string, { method, path }: ExpectedAnswer): void {
    if (!this.hasSession) return;
    this.hasSession = false;
    this.recorder.sessionLost(detail, { user: this.user, method, path });
  }

  private async exchange(due: DueRequest, request: JourneyRequest): Promise<HttpResponse | undefined> {
    const { effect, method, path, json } = request;
    due.assign(effect, { user: this.user, method, path });
    const deadlineMs = due.intendedMs + this.timeoutMs;
    try {
      if (deadlineMs <= monotonicMs()) {
        throw new NoResponseError("timeout", "no user was free to send it in time");
      }
      const response = await this.http.send({ method, path, json, cookie: this.cookieHeader, deadlineMs });
      return this.accept(due, request, response) ? response : undefined;
    } catch (error) {
      if (!(error instanceof NoResponseError)) throw error;
      due.fail(error.kind, error.message);
      return undefined;
    }
  }
}
