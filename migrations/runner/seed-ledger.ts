import type { Client } from "pg";
import type { MigrationScript } from "../script/script";
import { createLedger, readLedger, writeApplied, writeStarted } from "./ledger";

/**
 * Records scripts as applied without running them, because another tool has applied them. Existing rows of the ledger
 * stay as they are.
 *
 * @returns the number of new rows
 */
export async function seedLedger(client: Client, scripts: readonly MigrationScript[]): Promise<number> {
  await createLedger(client);
  await client.query("BEGIN");
  try {
    const known = new Set((await readLedger(client)).map(({ id, phase }) => `${id}.${phase}`));
    const added = scripts.filter(({ id, phase }) => !known.has(`${id}.${phase}`));
    for (const script of added) {
      await writeStarted(client, script);
      await writeApplied(client, script);
    }
    await client.query("COMMIT");
    return added.length;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}
