import type { UserJourney } from "../../contract";
import type { DueRequest } from "./due-request";
import type { SessionClient } from "./session-client";

export class LoadUser {
  constructor(
    private readonly client: SessionClient,
    private readonly journey: UserJourney,
  ) {}

  async act(due: DueRequest): Promise<void> {
    if (!this.client.loggedIn) return this.client.logIn(due);
    const request = this.journey.next();
    if (request === "log out") await this.client.logOut(due);
    else await this.client.send(due, request);
  }
}
