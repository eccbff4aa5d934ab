import type { PGlite } from "@electric-sql/pglite";
import { parseName } from "../script/name";
import type { Backfill } from "../script/script";

interface PlanNode {
  readonly "Node Type": string;
  readonly Alias?: string;
  readonly "Relation Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

function nodes(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodes)];
}

/**
 * True if a batch of the backfill scans the whole table, because no index finds its rows.
 *
 * Must be called in a transaction.
 */
export async function scansWholeTable(
  database: PGlite,
  { table, keys, statement }: Backfill,
): Promise<boolean> {
  await database.exec("set local enable_seqscan = off; set local plan_cache_mode = force_generic_plan");
  await database.exec(`prepare batch as ${statement}`);
  try {
    const { rows } = await database.query<{ "QUERY PLAN": readonly { Plan: PlanNode }[] }>(
      `explain (format json) execute batch (${keys.map(() => "null, null").join(", ")})`,
    );
    const plan = rows[0]?.["QUERY PLAN"][0]?.Plan;
    const name = parseName(table)?.at(-1);
    return (plan ? nodes(plan) : []).some(
      (node) => node["Node Type"] === "Seq Scan" && node["Relation Name"] === name,
    );
  } finally {
    await database.exec("deallocate batch");
  }
}
