import type { PGlite } from "@electric-sql/pglite";
import { quoteName } from "../script/name";
import { type Choice, setsOptional, valueFor } from "./generated-values";
import type { ColumnFacts, TableFacts } from "./table-facts";

export type GeneratedRow = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 6;

export const quoteLiteral = (text: string | null) =>
  text === null ? "null" : `'${text.replaceAll("'", "''")}'`;

export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Thrown if the rows that a statement needs could not be generated. The statement itself may be valid. */
export class NoRowError extends Error {
  override readonly name = "NoRowError";
}

export class RowGenerator {
  private count = 0;

  constructor(
    private readonly database: PGlite,
    private readonly tables: ReadonlyMap<string, TableFacts>,
    private readonly attempt: number,
  ) {}

  choice(): Choice {
    return { attempt: this.attempt, number: this.count };
  }

  /** Values for the columns of a row, with new rows in the tables that they reference. */
  async values(table: string, columns: readonly string[], depth = 0): Promise<Map<string, string | null>> {
    const facts = this.tables.get(table);
    const values = new Map<string, string | null>();
    for (const { columns: own, table: other, referenced } of facts?.references ?? []) {
      if (!own.some((name) => columns.includes(name))) continue;
      const row = other === table || depth >= MAX_DEPTH ? undefined : await this.insert(other, [], depth + 1);
      for (const [i, name] of own.entries()) values.set(name, textOf(row?.[referenced[i] ?? ""]));
    }
    for (const name of columns) {
      const column = facts?.columns.find((known) => known.name === name);
      if (column && !values.has(name)) values.set(name, valueFor(column.type, this.choice(), facts, name));
    }
    return values;
  }

  /** Value of the column in a row of the table, which is inserted if the table is empty. @throws NoRowError */
  async existing(table: string, column: string): Promise<string | null> {
    const name = quoteName(column);
    const { rows } = await this.database.query<{ value: string }>(
      `select ${name}::text as value from ${table} where ${name} is not null limit 1`,
    );
    return rows[0]?.value ?? textOf((await this.insert(table, [column]))[column]);
  }

  /**
   * Inserts a row with the required columns and the named ones. Later attempts set other columns too.
   *
   * @throws NoRowError
   */
  async insert(table: string, columns: readonly string[], depth = 0): Promise<GeneratedRow> {
    const facts = this.tables.get(table);
    this.count++;
    const isSet = ({ name, isRequired, isGenerated }: ColumnFacts) =>
      !isGenerated && (isRequired || columns.includes(name) || setsOptional(name, this.attempt));
    const names = (facts?.columns ?? []).filter(isSet).map(({ name }) => name);
    const values = await this.values(table, names, depth);
    const list = names.map(quoteName).join(", ");
    const texts = names.map((name) => quoteLiteral(values.get(name) ?? null)).join(", ");
    const row = names.length > 0 ? `(${list}) values (${texts})` : "default values";
    const { rows } = await this.database
      .query<{ row: GeneratedRow }>(
        `insert into ${table} as generated ${row} returning to_jsonb(generated) as row`,
      )
      .catch((error) => {
        throw new NoRowError(String(error));
      });
    const [inserted] = rows;
    if (!inserted) throw new NoRowError(`${table} accepts no row`);
    return inserted.row;
  }
}
