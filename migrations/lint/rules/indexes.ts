/** Indexes and materialized views. Clients wait for an index build unless it is CONCURRENTLY. */

import { as, findAll, keyOf, objectParts, tableKey } from "../ast";
import { BOTH_PHASES, isVisible, type LintRule, tableName } from "../rule";

const blocks =
  "Writes to {table} wait while the index is built (measured: 5.6 s for ten million rows; 0.15 s CONCURRENTLY).";
const alone = "in a separate script with the header -- transaction: none:";
const perPartition = `CREATE INDEX {table}_new ON ONLY {table} (…);
for each partition, ${alone}
CREATE INDEX CONCURRENTLY …_new ON … (…);
in a later script, for each: ALTER INDEX {table}_new ATTACH PARTITION …_new;`;

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
      if (!index || !isVisible(index.relation, context)) return;
      const table = tableName(index.relation);
      const partitioned = context.catalog.tables.get(tableKey(index.relation))?.partitioned ?? false;
      if (partitioned) {
        const why = index.concurrent
          ? `The script fails: PostgreSQL cannot build an index of the partitioned table ${table} CONCURRENTLY.`
          : blocks.replaceAll("{table}", `any partition of ${table}`);
        // CREATE INDEX ON ONLY changes the catalog without a scan, so it is permitted.
        if (index.concurrent || index.relation?.inh)
          yield { why, way: perPartition.replaceAll("{table}", table) };
      } else if (!index.concurrent) {
        const plain = /^create\s+(unique\s+)?index\b/i.test(text);
        const way = plain
          ? text.replace(/\bindex\b/i, "INDEX CONCURRENTLY")
          : "CREATE INDEX CONCURRENTLY … ON …";
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
      for (const index of (drop.objects ?? []).map((object) => keyOf(objectParts(object)))) {
        const known = catalog.indexes.get(index);
        if (known && (catalog.isNew("index", index) || catalog.isNewTable(known.table))) continue;
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
    remediation: `in separate scripts with the header -- transaction: none:
CREATE INDEX CONCURRENTLY {name}_new ON …;
DROP INDEX CONCURRENTLY IF EXISTS {name}; -- in a contract script
or outside the scripts, at a time of low load: REINDEX {kind} CONCURRENTLY {name};`,
    *check({ node }, context) {
      const reindex = as(node, "ReindexStmt");
      if (!reindex || findAll(reindex.params, "DefElem").some(({ defname }) => defname === "concurrently"))
        return;
      const isIndex = reindex.kind === "REINDEX_OBJECT_INDEX";
      if (!isIndex && reindex.relation && !isVisible(reindex.relation, context)) return;
      const kind = isIndex ? "INDEX" : reindex.relation ? "TABLE" : "DATABASE";
      yield { name: reindex.relation ? tableKey(reindex.relation) : (reindex.name ?? ""), kind };
    },
  },
  {
    name: "refresh-materialized-view",
    statements: ["RefreshMatViewStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Reads of {view} wait until its query has run and its rows are written.",
    remediation: `CREATE MATERIALIZED VIEW {view}_new AS …; -- for the new version
or outside the scripts, where a unique index allows it: REFRESH MATERIALIZED VIEW CONCURRENTLY {view};`,
    *check({ node }, context) {
      const refresh = as(node, "RefreshMatViewStmt");
      if (refresh && !refresh.concurrent && isVisible(refresh.relation, context))
        yield { view: tableName(refresh.relation) };
    },
  },
];
