import type { Client } from "pg";
import { backendPid, type Connection, cancelStatement, closeSession, openSession } from "./connection";
import type { Deadline } from "./limits";
import { Observer } from "./observer";
import { takeRunnerLock } from "./runner-lock";

/** The two sessions of a run: one works and holds the runner's lock, the other observes. */
export class Sessions {
  readonly observer: Observer;
  private client: Client | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly name: string,
  ) {
    this.observer = new Observer(() => openSession(connection, `${name}:observer`));
  }

  async open(): Promise<void> {
    this.client = await openSession(this.connection, this.name);
    await this.observer.ready();
  }

  /**
   * Session that holds the runner's lock and also executes the scripts. If it ends, no script can go on without the
   * lock.
   */
  get work(): Client {
    if (!this.client) throw new Error("The session is not open.");
    return this.client;
  }

  get workPid(): number {
    return backendPid(this.work);
  }

  /**
   * Replaces the working session and takes the lock again, because temporary tables, settings, prepared statements,
   * advisory locks and loaded libraries of a script end only with their session.
   *
   * @param deadline limit for the lock, which another runner may take in between
   */
  async renew(deadline: Deadline): Promise<void> {
    const next = await openSession(this.connection, this.name);
    const last = this.work;
    this.client = next;
    await closeSession(last);
    await takeRunnerLock(next, deadline);
  }

  /** Cancels the statement of the working session, even without the observer. */
  cancelWork(): Promise<void> {
    return cancelStatement(this.work, this.connection);
  }

  destroy(): void {
    this.client?.connection.stream.destroy();
    this.observer.destroy();
  }

  async close(): Promise<void> {
    await Promise.all([this.client && closeSession(this.client), this.observer.close()]);
  }
}
