import type { Random } from "../../contract";
import type { DueRequest } from "./due-request";
import type { LoadUser } from "./load-user";

/** Assigns each due request to a free user. If all users are busy, the request is queued, up to a limit. */
export class UserPool {
  private readonly free: LoadUser[];
  private readonly queue: DueRequest[] = [];

  constructor(
    users: readonly LoadUser[],
    private readonly queueCap: number,
    private readonly random: Random,
  ) {
    this.free = [...users];
  }

  take(due: DueRequest): void {
    if (this.free.length > 0) {
      this.assign(due, this.takeFreeUser());
    } else if (this.queue.length < this.queueCap) {
      this.queue.push(due);
    } else {
      due.fail("dropped", `${this.queueCap} requests were waiting already`);
    }
  }

  private takeFreeUser(): LoadUser {
    const index = Math.floor(this.random() * this.free.length);
    const user = this.free[index] as LoadUser;
    const last = this.free.pop() as LoadUser;
    if (last !== user) this.free[index] = last;
    return user;
  }

  private assign(due: DueRequest, user: LoadUser): void {
    // Errors are deliberately not caught: an error here is a bug in the generator or in a journey, and must end the
    // run.
    void user.act(due).then(() => {
      const next = this.queue.shift();
      if (next === undefined) this.free.push(user);
      else this.assign(next, user);
    });
  }
}
