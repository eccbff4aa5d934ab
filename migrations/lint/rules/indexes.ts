/** Indexes and materialized views. Clients wait for an index build unless it is CONCURRENTLY. */

import { quoteName } from "../../script/name";
import { as, findAll, keyOf, objectParts, tableKey } from "../ast";
import { indexName, isExistingIndex } from "../catalog-tables";
import { isNothing } from "../replaced";
import { BOTH_PHASES, isVisible, type LintRule, tableName } from "../rule";

const blocks =
  "Writes to {table} wait while the index is built (measured: 5.6 s for ten million rows; 0.15 s CONCURRENTLY).";
const alone = "in a separate script with the header -- transaction: none:";
const perPartition = (table: string, index: string) => `CREATE INDEX ${index} ON ONLY ${table} (…);
for each partition, ${alone}
CREATE INDEX CONCURRENTLY … ON … (…);
in a later script, for each: ALTER INDEX ${index} ATTACH PARTITION …;`;

export const indexRules: readonly LintRule[] = [
  {
    name: "create-index",
    statements: ["IndexStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "{why}",
    remediation: "{way}",
    *check({ node, text }, context) {
      const index = as(node, "IndexStmt");
      if (!index || !isVisible(index.relation, context) || isExistingIndex(context.catalog, index)) return;
      const table = tableName(index.relation);
      const name = quoteName(indexName(context.catalog, index));
      const partitioned = context.catalog.tables.get(tableKey(index.relation))?.partitioned ?? false;
      if (partitioned) {
        const why = index.concurrent
          ? `The script fails: PostgreSQL cannot build an index of the partitioned table ${table} CONCURRENTLY.`
          : blocks.replaceAll("{table}", `any partition of ${table}`);
        // CREATE INDEX ON ONLY changes the catalog without a scan, so it is permitted.
        if (index.concurrent || index.relation?.inh) yield { why, way: perPartition(table, name) };
      } else if (!index.concurrent) {
        // The name is added where it is missing: a script without a transaction must have it.
        const plain = /^create\s+(?:unique\s+)?index\b(?!\s*\/\*)/i.test(text);
        const way = plain
          ? text.replace(
              /\bindex\b(?:\s+(?=on\b))?/i,
              index.idxname ? "INDEX CONCURRENTLY" : `INDEX CONCURRENTLY ${name} `,
            )
          : `CREATE ${index.unique ? "UNIQUE " : ""}INDEX CONCURRENTLY ${name} ON ${table} (…)`;
        yield { why: blocks.replaceAll("{table}", table), way: `${alone}\n${way};` };
      }
    },
  },
  {
    name: "drop-index",
    statements: ["DropStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "{why}",
    remediation: `in a separate contract script with the header -- transaction: none:
DROP INDEX CONCURRENTLY IF EXISTS {index};`,
    *check({ node }, { catalog, script }) {
      const drop = as(node, "DropStmt");
      if (drop?.removeType !== "OBJECT_INDEX") return;
      for (const object of drop.objects ?? []) {
        const index = keyOf(objectParts(object));
        const known = catalog.indexes.get(index);
        if (known && (known.addedIn === script || catalog.isNewTable(known.table.key))) continue;
        if (!drop.concurrent && drop.missing_ok && isNothing("index", object, catalog)) continue;
        const blocking = "Reads and writes of the table wait as soon as DROP INDEX queues for its lock.";
        const missing = `The running version's queries rely on ${index}: they become slow, and an ON CONFLICT that needs it fails.`;
        if (!drop.concurrent) yield { index, why: blocking };
        else if (script.phase === "expand") yield { index, why: missing };
      }
    },
  },
  {
    name: "reindex",
    statements: ["ReindexStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Writes to the table wait while its indexes are rebuilt, and so do reads that use them.",
    remediation: `in a separate script with the header -- transaction: none:
REINDEX {kind} CONCURRENTLY {name};`,
    *check({ node }, context) {
      const reindex = as(node, "ReindexStmt");
      if (!reindex || findAll(reindex.params, "DefElem").some(({ defname }) => defname === "concurrently"))
        return;
      const isIndex = reindex.kind === "REINDEX_OBJECT_INDEX";
      if (!isIndex && reindex.relation && !isVisible(reindex.relation, context)) return;
      const kind = isIndex ? "INDEX" : "TABLE";
      yield { name: reindex.relation ? tableKey(reindex.relation) : "…", kind };
    },
  },
  {
    name: "refresh-materialized-view",
    statements: ["RefreshMatViewStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Reads of {view} wait until its query has run and its rows are written.",
    remediation: `CREATE MATERIALIZED VIEW {view}_new AS …; -- for the new version
or, where a unique index on all rows allows it: REFRESH MATERIALIZED VIEW CONCURRENTLY {view};`,
    *check({ node }, context) {
      const refresh = as(node, "RefreshMatViewStmt");
      if (refresh && !refresh.concurrent && isVisible(refresh.relation, context))
        yield { view: tableName(refresh.relation) };
    },
  },
];
