/** What a version of the application tier is: the queries it uses, and how its records map to them. */

import type * as z from "zod";
import type { RecordInput } from "./input";
import { commonQueries, type Query, recordQueries } from "./queries";

/** The public shape of a record; later versions add fields and never take one away. */
export interface RecordAnswer {
  readonly patientName: string;
  readonly note: string;
  readonly status: string;
  readonly [later: string]: unknown;
}

/** A row as the driver gives it. */
export type Row = Readonly<Record<string, unknown>>;

export interface ListFilter {
  readonly limit: number;
  readonly status?: string | undefined;
}

export interface RecordShape<Input extends RecordInput> {
  readonly version: string;
  /** Unknown fields are dropped, not refused: after a way back, newer clients still talk to an older version. */
  readonly input: z.ZodType<Input>;
  /** Column -> the expression written to it; `$3`, `$4` … are what `values` gives, in order. */
  readonly written: Readonly<Record<string, string>>;
  /** Name in a row -> the expression that yields it, beside `id` and `created_at`. */
  readonly read: Readonly<Record<string, string>>;
  readonly values: (input: Input) => readonly unknown[];
  readonly answer: (row: Row) => RecordAnswer;
}

/** One version: its queries as data, and the shape of its records. */
export interface Release<Input extends RecordInput = RecordInput> extends RecordShape<Input> {
  /** All statements that this version ever sends, so that they can be prepared against a schema before it serves. */
  readonly queries: Readonly<Record<string, Query>>;
  /** Default: `listRecords`, which cannot filter. */
  readonly list?: (user: string, filter: ListFilter) => readonly [name: string, values: readonly unknown[]];
}

/** The statements of a version with these records. */
export function queriesOf({ written, read }: Pick<RecordShape<never>, "written" | "read">) {
  return { ...commonQueries, ...recordQueries(written, read) };
}

/** Sends one of the version's queries by its name, with the values of its parameters. */
export type Ask = (name: string, values: readonly unknown[], limitMs?: number) => Promise<Row[]>;
