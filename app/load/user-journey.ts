import { z } from "zod";
import type { Account, Call } from "../../rehearsal/load/account";
import type { Random } from "../../rehearsal/load/random";
import { difference, newRecord, type PatientRecord, readRecord, readRecords, SeenRecords } from "./records";
import type { Ticket } from "../../rehearsal/load/ticket";

const listLimit = 20;
const sessionSchema = z.object({ user: z.string() });

/** Somebody at a browser: one request at a time, of the kind that the dice and what went before call for. */
export class User {
  private readonly seen: SeenRecords;
  /** Written and confirmed, to be read back by this user's next request. */
  private toReadBack: PatientRecord | undefined;
  /** The newest record of this user; undefined while a write with unknown outcome may be newer. */
  private newest: PatientRecord | undefined;

  constructor(
    private readonly account: Account,
    private readonly random: Random,
  ) {
    this.seen = new SeenRecords(random);
  }

  async act(ticket: Ticket): Promise<void> {
    if (!this.account.loggedIn) return this.account.logIn(ticket);
    if (this.toReadBack !== undefined) {
      const written = this.toReadBack;
      this.toReadBack = undefined;
      return this.read(ticket, written);
    }
    const dice = this.random();
    if (dice < 0.01) return this.account.logOut(ticket);
    if (dice < 0.21) return this.write(ticket);
    if (dice < 0.41) return this.checkSession(ticket);
    if (dice < 0.51 || this.seen.empty) return this.list(ticket);
    return this.read(ticket, this.seen.any());
  }

  private async checkSession(ticket: Ticket): Promise<void> {
    const call: Call = { effect: "read", method: "GET", path: "/session", expect: 200 };
    const body = await this.account.callJson(ticket, call);
    if (body === undefined) return;
    const session = sessionSchema.safeParse(body).data;
    if (session?.user === this.account.user) return;
    const detail = session === undefined ? "a session without a user" : `a session of ${session.user}`;
    this.account.wrong(detail, call);
    if (session !== undefined) this.account.lose(detail, call);
  }

  private async write(ticket: Ticket): Promise<void> {
    const sent = newRecord(this.random);
    const call: Call = { effect: "write", method: "POST", path: "/records", json: sent, expect: 201 };
    this.newest = undefined;
    const body = await this.account.callJson(ticket, call);
    if (body === undefined) return;
    const stored = readRecord(body);
    if (stored === undefined) return this.account.wrong("a stored record that is no record", call);
    const changed = difference({ ...stored, ...sent }, stored);
    if (changed !== undefined) return this.account.wrong(`stored otherwise than sent: ${changed}`, call);
    this.newest = stored;
    this.toReadBack = stored;
    this.seen.remember(stored);
  }

  private async read(ticket: Ticket, first: PatientRecord): Promise<void> {
    const path = `/records/${encodeURIComponent(first.id)}`;
    const call: Call = { effect: "read", method: "GET", path, expect: 200 };
    const body = await this.account.callJson(ticket, call);
    if (body === undefined) return;
    const now = readRecord(body);
    const changed = now === undefined ? "it is no record any more" : difference(first, now);
    if (changed !== undefined) this.account.wrong(changed, call);
  }

  private async list(ticket: Ticket): Promise<void> {
    const call: Call = { effect: "read", method: "GET", path: `/records?limit=${listLimit}`, expect: 200 };
    const newest = this.newest;
    const body = await this.account.callJson(ticket, call);
    if (body === undefined) return;
    const records = readRecords(body);
    if (records === undefined) return this.account.wrong("a list that is no list of records", call);
    if (newest !== undefined && !records.some((record) => record.id === newest.id)) {
      return this.account.wrong(`the list lacks record ${newest.id}, the user's newest`, call);
    }
    for (const record of records) {
      const first = this.seen.find(record.id);
      const changed = first && difference(first, record);
      if (changed !== undefined) return this.account.wrong(`record ${record.id}: ${changed}`, call);
      this.seen.remember(record);
    }
  }
}
