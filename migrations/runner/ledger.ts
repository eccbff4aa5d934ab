import { createHash } from "node:crypto";
import { type Client, escapeLiteral } from "pg";
import type { MigrationScript, Phase } from "../script/script";

/**
 * A row of the ledger: a script that was started or applied. The ledger is in the schema `changeover`, which the
 * application cannot read.
 */
export interface LedgerRow {
  readonly id: string;
  readonly phase: Phase;
  /** SHA-256 of the whole script file. */
  readonly sha256: string;
  /** SHA-256 of the part of the file before the backfill. */
  readonly sqlSha256: string;
  readonly version: string;
  /** False until the script's backfill or concurrent index is finished. */
  readonly applied: boolean;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Value of sql_sha256 while the script's transaction runs. Other sessions see it only if the script itself ended the
 * transaction, so that a part of it is committed.
 */
export const UNFINISHED = "unfinished";

/** Statement that writes the row of a script at the start of its transaction. */
export function beginStatement({ id, phase, neededBy, deadFrom, sha256 }: MigrationScript): string {
  const values = [id, phase, sha256, UNFINISHED, neededBy ?? deadFrom ?? ""].map(escapeLiteral);
  return `INSERT INTO changeover.ledger (id, phase, sha256, sql_sha256, version) VALUES (${values.join(", ")});`;
}

/**
 * Completes the row of beginStatement().
 *
 * @returns false if this is no longer the transaction that wrote it
 */
export async function writeFinished(client: Client, script: MigrationScript): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE changeover.ledger SET sql_sha256 = $3
      WHERE id = $1 AND phase = $2 AND xmin = pg_current_xact_id_if_assigned()::xid`,
    [script.id, script.phase, sha256(script.sql)],
  );
  return rowCount === 1;
}

export async function isUnfinished(client: Client, { id, phase }: MigrationScript): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT FROM changeover.ledger WHERE id = $1 AND phase = $2 AND sql_sha256 = $3",
    [id, phase, UNFINISHED],
  );
  return (rowCount ?? 0) > 0;
}

export async function createLedger(client: Client): Promise<void> {
  const { rows } = await client.query("SELECT to_regclass('changeover.backfill') AS found");
  if (rows[0]?.found) return;
  await client.query(`BEGIN;
    CREATE SCHEMA changeover;
    COMMENT ON SCHEMA changeover IS 'Applied migrations. Written only by the migration runner.';
    CREATE TABLE changeover.ledger (
      id text NOT NULL,
      phase text NOT NULL CHECK (phase IN ('expand', 'contract')),
      sha256 text NOT NULL,
      sql_sha256 text NOT NULL,
      version text NOT NULL,
      started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      applied_at timestamptz,
      duration_ms bigint,
      applied_by text NOT NULL DEFAULT session_user,
      PRIMARY KEY (id, phase)
    );
    CREATE TABLE changeover.backfill (
      id text NOT NULL,
      phase text NOT NULL,
      statement_sha256 text NOT NULL,
      last_key text,
      rows_walked bigint NOT NULL DEFAULT 0,
      batch_rows integer NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (id, phase),
      FOREIGN KEY (id, phase) REFERENCES changeover.ledger ON DELETE CASCADE
    );
    COMMIT`);
}

export async function readLedger(client: Client): Promise<LedgerRow[]> {
  const { rows } = await client.query("SELECT to_regclass('changeover.ledger') AS found");
  if (!rows[0]?.found) return [];
  const ledger = await client.query<LedgerRow>(
    `SELECT id, phase, sha256, sql_sha256 AS "sqlSha256", version, applied_at IS NOT NULL AS applied
       FROM changeover.ledger ORDER BY id, phase`,
  );
  return ledger.rows;
}

export async function writeStarted(client: Client, script: MigrationScript): Promise<void> {
  const { id, phase, neededBy, deadFrom, sql } = script;
  await client.query(
    `INSERT INTO changeover.ledger (id, phase, sha256, sql_sha256, version) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id, phase) DO NOTHING`,
    [id, phase, script.sha256, sha256(sql), neededBy ?? deadFrom],
  );
}

export async function writeApplied(client: Client, { id, phase, ...script }: MigrationScript): Promise<void> {
  await client.query(
    `UPDATE changeover.ledger SET sha256 = $3, applied_at = clock_timestamp(),
       duration_ms = extract(epoch FROM clock_timestamp() - started_at) * 1000
     WHERE id = $1 AND phase = $2`,
    [id, phase, script.sha256],
  );
}

export async function forget(client: Client, { id, phase }: MigrationScript): Promise<void> {
  await client.query("DELETE FROM changeover.ledger WHERE id = $1 AND phase = $2", [id, phase]);
}
