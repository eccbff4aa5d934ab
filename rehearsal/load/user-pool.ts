import type { Random } from "../../contract";
import type { DueRequest } from "./due-request";
import type { LoadUser } from "./load-user";

const MAX_USERS = 10_000;

export interface PoolOptions {
  /** Number of users at the start, and of those that may wait for an answer at the same time. */
  readonly sessions: number;
  readonly queueCap: number;
}

/**
 * Assigns each due request to a free user. While users think, others take their turn: the pool creates them as needed.
 * If all wait for answers, the request is queued, up to a limit.
 */
export class UserPool {
  private readonly free: LoadUser[] = [];
  private readonly queue: DueRequest[] = [];
  private users = 0;
  private waiting = 0;

  constructor(
    private readonly createUser: (number: number) => LoadUser,
    private readonly options: PoolOptions,
    private readonly random: Random,
  ) {
    while (this.users < options.sessions) this.free.push(createUser(this.users++));
  }

  take(due: DueRequest): void {
    const { sessions, queueCap } = this.options;
    const user = this.takeFreeUser();
    if (user !== undefined) {
      this.assign(due, user);
    } else if (this.waiting < sessions && this.users < MAX_USERS) {
      this.assign(due, this.createUser(this.users++));
    } else if (this.queue.length < queueCap) {
      this.queue.push(due);
    } else {
      due.fail("dropped", `${queueCap} requests were waiting already`);
    }
  }

  private takeFreeUser(): LoadUser | undefined {
    const index = Math.floor(this.random() * this.free.length);
    const user = this.free[index];
    const last = this.free.pop();
    if (last !== undefined && last !== user) this.free[index] = last;
    return user;
  }

  private assign(due: DueRequest, user: LoadUser): void {
    this.waiting++;
    // Errors are deliberately not caught: an error here is a bug in the generator or in a journey, and must end the
    // run.
    void user.act(due).then((thinkMs) => {
      this.waiting--;
      if (thinkMs > 0) setTimeout(() => this.release(user), thinkMs).unref();
      else this.free.push(user);
      this.takeQueued();
    });
  }

  private release(user: LoadUser): void {
    this.free.push(user);
    this.takeQueued();
  }

  private takeQueued(): void {
    const next = this.queue.shift();
    if (next !== undefined) this.take(next);
  }
}
