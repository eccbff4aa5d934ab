import { z } from "zod";
import type { JourneyRequest, Random, UserJourney, WrongAnswer } from "../../contract";
import { difference, newRecord, type PatientRecord, readRecord, readRecords, SeenRecords } from "./records";

const LIST_LIMIT = 20;
const sessionSchema = z.object({ user: z.string() });

/**
 * A user with a browser, who writes records, reads them back, and expects that no record has changed since it was
 * first seen.
 */
export class RecordsUser implements UserJourney {
  private readonly seen: SeenRecords;
  private written: PatientRecord | undefined;
  /** The newest record of this user; undefined if a write with an unknown outcome may have created a newer one. */
  private newest: PatientRecord | undefined;

  constructor(
    private readonly user: string,
    private readonly random: Random,
  ) {
    this.seen = new SeenRecords(random);
  }

  next(): JourneyRequest | "log out" {
    if (this.written !== undefined) {
      const { written } = this;
      this.written = undefined;
      return this.read(written);
    }
    const dice = this.random();
    if (dice < 0.01) return "log out";
    if (dice < 0.21) return this.write();
    if (dice < 0.41) return this.checkSession();
    if (dice < 0.51 || this.seen.empty) return this.list();
    return this.read(this.seen.any());
  }

  private checkSession(): JourneyRequest {
    const check = (body: unknown) => {
      const session = sessionSchema.safeParse(body).data;
      if (session?.user === this.user) return undefined;
      if (session === undefined) return wrong("a session without a user");
      return { detail: `a session of ${session.user}`, sessionLost: true };
    };
    return { effect: "read", method: "GET", path: "/session", expect: 200, check };
  }

  private write(): JourneyRequest {
    const sent = newRecord(this.random);
    this.newest = undefined;
    const check = (body: unknown) => {
      const stored = readRecord(body);
      if (stored === undefined) return wrong("a stored record that is no record");
      const changed = difference({ ...stored, ...sent }, stored);
      if (changed !== undefined) return wrong(`stored otherwise than sent: ${changed}`);
      this.newest = stored;
      this.written = stored;
      this.seen.remember(stored);
      return undefined;
    };
    return { effect: "write", method: "POST", path: "/records", json: sent, expect: 201, check };
  }

  private read(first: PatientRecord): JourneyRequest {
    const check = (body: unknown) => {
      const now = readRecord(body);
      const changed = now === undefined ? "it is no longer a record" : difference(first, now);
      return changed === undefined ? undefined : wrong(changed);
    };
    const path = `/records/${encodeURIComponent(first.id)}`;
    return { effect: "read", method: "GET", path, expect: 200, check };
  }

  private list(): JourneyRequest {
    const { newest } = this;
    const check = (body: unknown) => {
      const records = readRecords(body);
      if (records === undefined) return wrong("a list that is no list of records");
      if (newest !== undefined && !records.some((record) => record.id === newest.id)) {
        return wrong(`the list lacks record ${newest.id}, the user's newest`);
      }
      for (const record of records) {
        const first = this.seen.find(record.id);
        const changed = first && difference(first, record);
        if (changed !== undefined) return wrong(`record ${record.id}: ${changed}`);
        this.seen.remember(record);
      }
      return undefined;
    };
    return { effect: "read", method: "GET", path: `/records?limit=${LIST_LIMIT}`, expect: 200, check };
  }
}

function wrong(detail: string): WrongAnswer {
  return { detail };
}
