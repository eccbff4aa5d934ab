import type { Client } from "pg";
import {
  batchCondition,
  KEY_FACTS_SQL,
  type KeyFacts,
  keyExpression,
  keyFactsParameters,
  keyProblem,
  PARAMETER_CATEGORIES_SQL,
  parameterProblem,
} from "../script/backfill-key";
import { formatName } from "../script/name";
import type { Backfill, MigrationScript } from "../script/script";
import { MigrationError } from "./migration-error";
import { movePosition, scriptFailure } from "./migration-run";

/** Limit of the batch size, because for larger batches the planner may scan the whole table. */
export const MAX_BATCH_ROWS = 10_000;

/** The path of a backfill along the key of its table. */
export interface Walk {
  readonly script: MigrationScript;
  readonly backfill: Backfill;
  readonly keyTypes: readonly string[];
  /** Session settings for key types whose text depends on settings, so that a text is always read as the same value. */
  readonly settings: string;
  /** Number of rows from the server's statistics, or -1 without statistics. */
  readonly estimatedRows: number;
}

const TEXT_DEPENDS_ON_SETTINGS = /^(real|double precision|date|timestamp|interval)/;
const TEXT_SETTINGS =
  "SET LOCAL extra_float_digits = 1; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres';";

async function readKeyFacts(client: Client, backfill: Backfill): Promise<KeyFacts> {
  const { rows } = await client.query<KeyFacts>(KEY_FACTS_SQL, keyFactsParameters(backfill));
  const [facts] = rows;
  if (!facts) throw new Error("The server returned no row.");
  return facts;
}

function where({ file }: MigrationScript, { line }: Backfill): string {
  return `${file}:${line}`;
}

/** Checks that batches along the key miss no row and need no scan of the whole table. @throws MigrationError */
export async function planWalk(
  client: Client,
  script: MigrationScript,
  backfill: Backfill,
  state = "",
): Promise<Walk> {
  const facts = await readKeyFacts(client, backfill);
  const problem = keyProblem(backfill, facts);
  if (problem !== undefined)
    throw new MigrationError([`${where(script, backfill)}: ${problem}`, state].join(" ").trimEnd());
  const keyTypes = facts.columns.map(({ type }) => type ?? "text");
  const settings = keyTypes.some((type) => TEXT_DEPENDS_ON_SETTINGS.test(type)) ? TEXT_SETTINGS : "";
  return { script, backfill, keyTypes, settings, estimatedRows: facts.estimatedRows };
}

const PREPARE_HEAD = "PREPARE changeover_backfill AS ";

/**
 * Checks, inside the transaction of the statements above the backfill, that its key and its statement fit the schema.
 * So the script fails before a part of it is committed.
 *
 * @throws MigrationError
 */
export async function checkBackfill(
  client: Client,
  script: MigrationScript,
  backfill: Backfill,
): Promise<void> {
  // The backfill runs in other sessions, which do not have the temporary tables of this one.
  await client.query("DISCARD TEMP");
  const state = "Nothing of the script was applied.";
  await planWalk(client, script, backfill, state);
  try {
    await client.query(PREPARE_HEAD + backfill.statement);
  } catch (error) {
    movePosition(error, -PREPARE_HEAD.length);
    throw scriptFailure(error, script, backfill.statement, backfill.line, state);
  }
  const { rows } = await client.query<{ category: string }>(PARAMETER_CATEGORIES_SQL, [
    "changeover_backfill",
  ]);
  await client.query("DEALLOCATE changeover_backfill");
  const { columns } = await readKeyFacts(client, backfill);
  const categories = rows.map(({ category }) => category);
  const problem = parameterProblem(backfill, columns, categories);
  if (problem !== undefined) throw new MigrationError(`${where(script, backfill)}: ${problem} ${state}`);
  if (backfill.remaining === undefined) return;
  try {
    await client.query(`EXPLAIN ${countRemainingSql(backfill)}`);
  } catch (error) {
    throw scriptFailure(error, script, "", backfill.line, `The condition is that of remaining. ${state}`);
  }
}

export function countRemainingSql({ table, remaining }: Backfill): string {
  return `SELECT count(*)::text AS rows FROM ${table} WHERE (${remaining}\n)`;
}

const GROUPS_LIMIT_SECONDS = 30;

/**
 * Rejects a key with more rows of one value than a batch can have, before the first change and without locks. If the
 * query exceeds its limit, the batch itself fails.
 *
 * @throws MigrationError
 */
export async function rejectLargeGroups(
  client: Client,
  script: MigrationScript,
  backfill: Backfill,
): Promise<void> {
  const facts = await readKeyFacts(client, backfill);
  if (keyProblem(backfill, facts) !== undefined || facts.isUnique) return; // planWalk() reports a problem of the key.
  const keys = backfill.keys.join(", ");
  try {
    await client.query(`SET statement_timeout = '${GROUPS_LIMIT_SECONDS}s'`);
    const { rowCount } = await client.query(
      `SELECT FROM ${backfill.table} GROUP BY ${keys} HAVING count(*) > ${MAX_BATCH_ROWS} LIMIT 1`,
    );
    if (rowCount)
      throw new MigrationError(
        `${largeGroupProblem(script, backfill, facts)} Nothing of the script was applied.`,
      );
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    // The statement itself reports other errors, such as a missing privilege, with their position.
  } finally {
    await client.query("RESET statement_timeout");
  }
}

/** Reads whether several rows have the given key, so that no smaller batch is possible. */
export async function largeGroup(
  client: Client,
  { script, backfill, keyTypes }: Walk,
  after: readonly string[] | null,
): Promise<string | undefined> {
  const { table, keys } = backfill;
  const key = keyExpression(keys);
  const from = after === null ? "" : `WHERE ${key} > ${typedParameters(keyTypes)}`;
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (
       SELECT FROM ${table} WHERE ${key} = (SELECT ${keys.join(", ")} FROM ${table} ${from} ORDER BY ${keys.join(", ")} LIMIT 1)
        LIMIT ${MAX_BATCH_ROWS + 1}) AS equal`,
    [...(after ?? [])],
  );
  const count = rows[0]?.count ?? 0;
  if (count <= 1) return undefined;
  return largeGroupProblem(script, backfill, await readKeyFacts(client, backfill), count);
}

function largeGroupProblem(
  script: MigrationScript,
  backfill: Backfill,
  { primaryKey }: KeyFacts,
  count = MAX_BATCH_ROWS + 1,
): string {
  const primary = primaryKey.map((name) => formatName([name]));
  const more = count > MAX_BATCH_ROWS ? `more than ${MAX_BATCH_ROWS}` : `${count}`;
  return (
    `${where(script, backfill)}: key must divide the rows into batches, got ${keyExpression(backfill.keys)}, ` +
    `of which one value has ${more} rows. Use a unique key: -- key: ${primary.join(", ") || "its columns"}` +
    `${primary.length > 0 ? ` and WHERE ${batchCondition(primary)}` : ""}.`
  );
}

/** The parameters from $1 on as a key: `$1::int`, or `($1::int, $2::text)`. */
export function typedParameters(keyTypes: readonly string[]): string {
  return keyExpression(keyTypes.map((type, i) => `$${i + 1}::${type}`));
}
