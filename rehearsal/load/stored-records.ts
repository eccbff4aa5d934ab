import type { Random, ReadBack } from "../../contract";
import type { Values } from "./template";

/** A request that reads a stored record, with the values of the journey that stored it. */
export interface StoredRecord {
  readonly request: ReadBack;
  readonly values: Values;
}

const CAPACITY = 40;
/** Share of the times between two journeys at which a user reads a record again. */
const AGAIN_SHARE = 0.5;

/** The records that a user stored. Half of the capacity is for the oldest ones, half for a changing sample. */
export class StoredRecords {
  private readonly stored: StoredRecord[] = [];
  private fresh: StoredRecord | undefined;

  constructor(private readonly random: Random) {}

  add(record: StoredRecord): void {
    this.fresh = record;
    if (this.stored.length < CAPACITY) {
      this.stored.push(record);
    } else {
      this.stored[CAPACITY / 2 + Math.floor(this.random() * (CAPACITY / 2))] = record;
    }
  }

  /** The record that the user has just stored, if it was not read yet. */
  takeFresh(): StoredRecord | undefined {
    const { fresh } = this;
    this.fresh = undefined;
    return fresh;
  }

  /** A record to read before the next journey. Often undefined. */
  again(): StoredRecord | undefined {
    if (this.stored.length === 0 || this.random() >= AGAIN_SHARE) return undefined;
    return this.stored[Math.floor(this.random() * this.stored.length)];
  }
}
