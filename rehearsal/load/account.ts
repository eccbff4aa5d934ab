import { monotonicMs } from "./clock";
import { CookieJar } from "./cookies";
import { type Answer, type HttpClient, NoAnswer } from "./http-client";
import { originOf } from "./origin";
import type { Context, Recorder } from "./recorder";
import type { Ticket } from "./ticket";

export interface Call {
  readonly effect: "read" | "write";
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly json?: unknown;
  /** The one status that this call is answered with when all is well. */
  readonly expect: number;
}

/** What all kinds of users share: a name, cookies, a session, and an eye on how each call was answered. */
export class Account {
  private readonly jar = new CookieJar();
  private loggedInNow = false;

  constructor(
    readonly user: string,
    readonly recorder: Recorder,
    private readonly http: HttpClient,
    readonly timeoutMs: number,
  ) {}

  get loggedIn(): boolean {
    return this.loggedInNow;
  }

  get cookie(): string | undefined {
    return this.jar.header();
  }

  async logIn(ticket: Ticket): Promise<void> {
    this.jar.delete("session");
    const call: Call = {
      effect: "write",
      method: "POST",
      path: "/login",
      json: { user: this.user },
      expect: 200,
    };
    if ((await this.exchange(ticket, call)) === undefined) return;
    if (this.jar.has("session")) {
      this.loggedInNow = true;
      this.recorder.counts.opened++;
    } else {
      this.wrong("a login without a session cookie", call);
    }
  }

  async logOut(ticket: Ticket): Promise<void> {
    const call: Call = { effect: "write", method: "POST", path: "/logout", expect: 204 };
    await this.exchange(ticket, call);
    // Whatever came of it, this user is done with the session.
    this.loggedInNow = false;
    this.jar.delete("session");
  }

  /** The parsed body of an answer with the expected status; undefined after a failure or an unreadable body. */
  async callJson(ticket: Ticket, call: Call): Promise<unknown> {
    const answer = await this.exchange(ticket, call);
    if (answer === undefined) return undefined;
    try {
      return JSON.parse(answer.body);
    } catch {
      this.wrong("an answer that is no JSON", call);
      return undefined;
    }
  }

  wrong(detail: string, call: Pick<Call, "method" | "path">): void {
    this.recorder.wrong(detail, { user: this.user, method: call.method, path: call.path });
  }

  /** The system ended a session that the user had not ended. Once for each session: the user logs in again. */
  lose(detail: string, call: Pick<Call, "method" | "path">): void {
    if (!this.loggedInNow) return;
    this.loggedInNow = false;
    this.recorder.sessionLost(detail, { user: this.user, method: call.method, path: call.path });
  }

  /** Settles the ticket by the status of an answer; true when it is the expected one. */
  accept(ticket: Ticket, call: Call, answer: Pick<Answer, "status" | "headers">): boolean {
    this.jar.store(answer.headers["set-cookie"]);
    const origin = originOf(answer.headers);
    if (answer.status === call.expect) {
      ticket.succeed(origin);
      return true;
    }
    const context: Context = { status: answer.status, color: origin.color };
    const kind = answer.status >= 500 ? "server-error" : "unexpected-status";
    ticket.fail(kind, `expected ${call.expect}`, context);
    if (answer.status === 401) this.lose("401 for a user who is logged in", call);
    return false;
  }

  private async exchange(ticket: Ticket, call: Call): Promise<Answer | undefined> {
    const { effect, method, path } = call;
    ticket.assign(effect, { user: this.user, method, path });
    const deadlineMs = ticket.intendedMs + this.timeoutMs;
    try {
      if (deadlineMs <= monotonicMs()) throw new NoAnswer("timeout", "no user was free to send it in time");
      const answer = await this.http.send({ method, path, json: call.json, cookie: this.cookie, deadlineMs });
      return this.accept(ticket, call, answer) ? answer : undefined;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      ticket.fail(error.kind, error.message);
      return undefined;
    }
  }
}
