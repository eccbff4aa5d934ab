import type { ApplicationLoad, JourneyRequest, Random } from "../../contract";
import type { DueRequest } from "./due-request";
import { chooseJourney, type NamedJourney, thinkMs } from "./journey-choice";
import { JourneyError, type JourneyRun, startJourney } from "./journey-run";
import type { SessionClient } from "./session-client";
import { type StoredRecord, StoredRecords } from "./stored-records";

const JOURNEYS_PER_SESSION = 20;
/** Journeys in a row that may end without a request, before this counts as an error. */
const MAX_EMPTY_JOURNEYS = 100;

interface Running {
  readonly kind: "login" | "logout" | "journey";
  readonly run: JourneyRun;
  readonly thinkMs: () => number;
  /** The request that is sent next. */
  upcoming: JourneyRequest;
}

/** A user, who logs in, makes one journey after the other, and reads back what was stored. */
export class LoadUser {
  private readonly records: StoredRecords;
  private running: Running | undefined;
  private journeysLeft = 0;

  constructor(
    private readonly client: SessionClient,
    private readonly load: ApplicationLoad,
    private readonly random: Random,
  ) {
    this.records = new StoredRecords(random);
  }

  /** Makes one request. @returns the time until the user is ready for the next one, in milliseconds */
  async act(due: DueRequest): Promise<number> {
    const record = this.client.isReady ? this.recordToRead() : undefined;
    if (record !== undefined) {
      await this.readBack(due, record);
      return 0;
    }
    if (!this.client.isReady && this.running !== undefined && this.running.kind !== "login") {
      this.running.run.abandon();
      this.running = undefined;
    }
    const running = this.running ?? this.begin();
    await this.step(due, running);
    return running.thinkMs();
  }

  private recordToRead(): StoredRecord | undefined {
    return this.records.takeFresh() ?? (this.running === undefined ? this.records.again() : undefined);
  }

  private async readBack(due: DueRequest, { request, values }: StoredRecord): Promise<void> {
    const answer = await this.client.send(due, request, values);
    this.client.recorder.readBack(answer !== undefined);
  }

  private async step(due: DueRequest, running: Running): Promise<void> {
    const { run, kind, upcoming } = running;
    const answer = await this.client.send(due, upcoming);
    if (answer === undefined) {
      run.abandon();
      // A session is dropped even if the logout failed; the failure is already recorded.
      this.end(kind === "login" ? undefined : kind);
      return;
    }
    const { readBack } = upcoming;
    if (readBack !== undefined) {
      const request = typeof readBack === "function" ? readBack(answer) : readBack;
      this.records.add({ request, values: this.client.values });
      this.client.recorder.counts.stored++;
    }
    const next = run.next(answer);
    if (next === undefined) this.end(kind);
    else running.upcoming = next;
  }

  private end(kind: Running["kind"] | undefined): void {
    this.running = undefined;
    if (kind === "login") {
      this.client.openSession();
      this.journeysLeft = this.load.session?.journeys ?? JOURNEYS_PER_SESSION;
    }
    if (kind === "logout") this.client.endSession();
    if (kind === "journey") this.journeysLeft--;
  }

  private begin(): Running {
    for (let empty = 0; empty < MAX_EMPTY_JOURNEYS; empty++) {
      const { kind, name, steps, thinkSeconds } = this.choose();
      const run = startJourney(name, steps, this.client.journeyUser);
      const upcoming = run.next();
      if (upcoming !== undefined) {
        const running = { kind, run, upcoming, thinkMs: () => thinkMs({ steps, thinkSeconds }, this.random) };
        this.running = running;
        return running;
      }
      this.end(kind);
    }
    throw new JourneyError(
      `The journeys of app/index.ts must make requests, got ${MAX_EMPTY_JOURNEYS} without one in a row.`,
    );
  }

  private choose(): NamedJourney & Pick<Running, "kind"> {
    const { session, journeys } = this.load;
    if (session !== undefined && !this.client.isReady) {
      this.client.beginLogin();
      return { kind: "login", name: "login", steps: session.login };
    }
    this.client.beginJourney();
    if (session?.logout !== undefined && this.journeysLeft <= 0) {
      return { kind: "logout", name: "logout", steps: session.logout };
    }
    return { kind: "journey", ...chooseJourney(journeys, this.random) };
  }
}
