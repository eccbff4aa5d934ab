import { z } from "zod";
import type { Random } from "../../contract";

/** The fields that every version returns. A version may return more fields. */
const recordSchema = z.looseObject({
  id: z.union([z.string(), z.number()]),
  patientName: z.string(),
  note: z.string(),
  createdAt: z.string(),
});

export type PatientRecord = z.infer<typeof recordSchema>;

export function readRecord(body: unknown): PatientRecord | undefined {
  return recordSchema.safeParse(body).data;
}

export function readRecords(body: unknown): PatientRecord[] | undefined {
  return z.object({ records: z.array(recordSchema) }).safeParse(body).data?.records;
}

/** Returns the first field that changed. Fields that only one of the two records has are not compared. */
export function difference(first: PatientRecord, now: PatientRecord): string | undefined {
  for (const [field, value] of Object.entries(first)) {
    const [before, after] = [JSON.stringify(value), JSON.stringify(now[field])];
    if (field in now && before !== after) return `${field} was ${before} and is now ${after}`;
  }
  return undefined;
}

/** Records as a user first saw them. Half of the capacity is for the oldest records, half for a changing sample. */
export class SeenRecords {
  private readonly seen: PatientRecord[] = [];

  constructor(
    private readonly random: Random,
    private readonly capacity = 40,
  ) {}

  get empty(): boolean {
    return this.seen.length === 0;
  }

  any(): PatientRecord {
    return pick(this.random, this.seen);
  }

  find(id: PatientRecord["id"]): PatientRecord | undefined {
    return this.seen.find((record) => record.id === id);
  }

  remember(record: PatientRecord): void {
    if (this.find(record.id) !== undefined) return;
    if (this.seen.length < this.capacity) {
      this.seen.push(record);
    } else {
      const half = this.capacity / 2;
      this.seen[half + Math.floor(this.random() * half)] = record;
    }
  }
}

const givenNames = ["Ada", "Björk", "Chinua", "Maria del Carmen", "Jean-Luc", "Siobhán", "Nguyễn", "Bo"];
const familyNames = ["Lovelace", "O'Brien", "van der Berg", "Núñez", "Smith-Jones", "Ó Súilleabháin", "Li"];

/** Realistic names, with one word and with several, so that the migration that splits names is tested. */
export function newRecord(random: Random): { patientName: string; note: string } {
  const given = pick(random, givenNames);
  const patientName = random() < 0.05 ? given : `${given} ${pick(random, familyNames)}`;
  return { patientName, note: `ECG ${Math.floor(random() * 2 ** 32).toString(36)}` };
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("cannot pick from an empty list");
  return item;
}
