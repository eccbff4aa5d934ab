import type * as z from "zod";
import type { RecordInput } from "./input";
import { commonQueries, type Query, recordQueries } from "./queries";

/** The public fields of a record; later versions only add fields. */
export interface RecordAnswer {
  readonly patientName: string;
  readonly note: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

export type QueryRow = Readonly<Record<string, unknown>>;

export interface ListFilter {
  readonly limit: number;
  readonly status?: string | undefined;
  /** Words that the note contains. Versions before 1.4.0 ignore them. */
  readonly words?: string | undefined;
}

export interface RecordShape<Input extends RecordInput> {
  readonly version: string;
  /** Unknown fields are ignored, because newer clients call an older version after a rollback. */
  readonly input: z.ZodType<Input>;
  /** SQL expressions to write, by column. `$3`, `$4` and so on are the `values` in order. */
  readonly written: Readonly<Record<string, string>>;
  /** SQL expressions to read, by the name in the result, in addition to `id` and `created_at`. */
  readonly read: Readonly<Record<string, string>>;
  readonly values: (input: Input) => readonly unknown[];
  readonly answer: (row: QueryRow) => RecordAnswer;
}

export interface VersionDefinition<Input extends RecordInput = RecordInput> extends RecordShape<Input> {
  /** All statements that the version sends; the compatibility check prepares them. */
  readonly queries: Readonly<Record<string, Query>>;
  readonly list?: (user: string, filter: ListFilter) => readonly [name: string, values: readonly unknown[]];
}

export function queriesOf({ written, read }: Pick<RecordShape<never>, "written" | "read">) {
  return { ...commonQueries, ...recordQueries(written, read) };
}

export type RunQuery = (name: string, values: readonly unknown[], limitMs?: number) => Promise<QueryRow[]>;
