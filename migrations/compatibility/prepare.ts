import type { PGlite } from "@electric-sql/pglite";
import type { PreparedQuery } from "./prepared-query";

interface PreparedRow {
  readonly name: string;
  readonly parameters: string[];
  readonly result: string[] | null;
}

const prepare = (sql: string, index: number) => `prepare query_${index} as ${sql};`;

/**
 * Prepares all queries in one round trip. If one fails, they are prepared one by one.
 *
 * @returns the errors by index of the query
 */
async function prepareAll(database: PGlite, queries: readonly string[]): Promise<Map<number, string>> {
  const errors = new Map<number, string>();
  try {
    await database.exec(queries.map(prepare).join("\n"));
    return errors;
  } catch {
    await database.exec("deallocate all");
  }
  for (const [index, sql] of queries.entries()) {
    try {
      await database.exec(prepare(sql, index));
    } catch (error) {
      errors.set(index, error instanceof Error ? error.message : String(error));
    }
  }
  return errors;
}

/**
 * Prepares queries on the current schema.
 *
 * @returns parameter and result types by SQL text
 */
export async function prepareQueries(
  database: PGlite,
  queries: readonly string[],
): Promise<Map<string, PreparedQuery>> {
  const errors = await prepareAll(database, queries);
  const { rows } = await database.query<PreparedRow>(
    "select name, parameter_types::text[] as parameters, result_types::text[] as result from pg_prepared_statements",
  );
  await database.exec("deallocate all");
  return new Map(
    queries.map((sql, index): [string, PreparedQuery] => {
      const row = rows.find(({ name }) => name === `query_${index}`);
      if (!row) return [sql, { error: errors.get(index) ?? "it was not prepared" }];
      return [sql, { parameters: row.parameters, result: row.result ?? [] }];
    }),
  );
}
