/** Indexes and materialized views are built while others work, or nobody writes meanwhile. */

import { as, findAll, keyOf, objectParts, tableKey } from "../ast";
import { bothPhases, isVisible, type LintRule, tableName } from "../rule";

const blocks =
  "Nobody writes {table} while the index is built (measured: 5.6 s for ten million rows; 0.15 s CONCURRENTLY).";
const alone = "a script of its own with the header -- transaction: none:";
const perPartition = `CREATE INDEX {table}_new ON ONLY {table} (…);
for each partition, ${alone}
CREATE INDEX CONCURRENTLY …_new ON … (…);
in a later script, for each: ALTER INDEX {table}_new ATTACH PARTITION …_new;`;

export const indexRules: readonly LintRule[] = [
  {
    name: "create-index",
    statements: ["IndexStmt"],
    severity: "error",
    phases: bothPhases,
    impact: "{why}",
    remediation: "{way}",
    *check({ node, text }, context) {
      const index = as(node, "IndexStmt");
      if (!index || !isVisible(index.relation, context)) return;
      const table = tableName(index.relation);
      const partitioned = context.catalog.tables.get(tableKey(index.relation))?.partitioned ?? false;
      if (partitioned) {
        const why = index.concurrent
          ? `The script fails: ${table} is partitioned, and PostgreSQL builds no such index CONCURRENTLY.`
          : blocks.replaceAll("{table}", `any partition of ${table}`);
        // ON ONLY makes the entry in the catalog and reads nothing.
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
    phases: bothPhases,
    impact: "{why}",
    remediation: `a contract script of its own with the header -- transaction: none:
DROP INDEX CONCURRENTLY IF EXISTS {index};`,
    *check({ node }, { catalog, script }) {
      const drop = as(node, "DropStmt");
      if (drop?.removeType !== "OBJECT_INDEX") return;
      for (const index of (drop.objects ?? []).map((object) => keyOf(objectParts(object)))) {
        const known = catalog.indexes.get(index);
        if (known && (catalog.isNew("index", index) || catalog.isNewTable(known.table))) continue;
        const blocking =
          "Nobody reads or writes the table from the moment when DROP INDEX waits for its lock.";
        const missing =
          `The running version's queries were written with ${index} there: they get slow, and an ON CONFLICT that ` +
          "rests on it fails.";
        if (!drop.concurrent) yield { index, why: blocking };
        else if (script.phase === "expand") yield { index, why: missing };
      }
    },
  },
  {
    name: "reindex",
    statements: ["ReindexStmt"],
    severity: "error",
    phases: bothPhases,
    impact:
      "Nobody writes the table while its indexes are built anew, and readers that would use them wait too.",
    remediation: `scripts with the header -- transaction: none:
CREATE INDEX CONCURRENTLY {name}_new ON …;
DROP INDEX CONCURRENTLY IF EXISTS {name}; -- in a contract script
or outside the scripts, at a quiet hour: REINDEX {kind} CONCURRENTLY {name};`,
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
    phases: bothPhases,
    impact: "Nobody reads {view} until its query has run and its rows are written.",
    remediation: `CREATE MATERIALIZED VIEW {view}_new AS …; -- the new version reads this one
or outside the scripts, where a unique index allows it: REFRESH MATERIALIZED VIEW CONCURRENTLY {view};`,
    *check({ node }, context) {
      const refresh = as(node, "RefreshMatViewStmt");
      if (refresh && !refresh.concurrent && isVisible(refresh.relation, context))
        yield { view: tableName(refresh.relation) };
    },
  },
];
