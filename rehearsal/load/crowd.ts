import type { Random } from "./random";
import type { Ticket } from "./ticket";
import type { User } from "../../app/load/user-journey";

/** Hands each due request to a user who is free; when none is, it waits in line, and the line has an end. */
export class Crowd {
  private readonly free: User[];
  private readonly line: Ticket[] = [];

  constructor(
    users: readonly User[],
    private readonly queueCap: number,
    private readonly random: Random,
  ) {
    this.free = [...users];
  }

  take(ticket: Ticket): void {
    if (this.free.length > 0) {
      this.hand(ticket, this.takeFreeUser());
    } else if (this.line.length < this.queueCap) {
      this.line.push(ticket);
    } else {
      ticket.fail("dropped", `${this.queueCap} requests were waiting already`);
    }
  }

  private takeFreeUser(): User {
    const index = Math.floor(this.random() * this.free.length);
    const user = this.free[index] as User;
    const last = this.free.pop() as User;
    if (last !== user) this.free[index] = last;
    return user;
  }

  private hand(ticket: Ticket, user: User): void {
    // An error here is a fault of the generator itself: it ends the process, and with it the run.
    void user.act(ticket).then(() => {
      const next = this.line.shift();
      if (next === undefined) this.free.push(user);
      else this.hand(next, user);
    });
  }
}
