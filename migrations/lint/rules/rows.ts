/** A script may change a few rows directly, selected by a unique key. More rows need a backfill. */

import type { MergeStmt, MergeWhenClause, Node, RangeVar } from "libpg-query";
import { batchCondition, keyExpression } from "../../script/backfill-key";
import { parseName } from "../../script/name";
import { as, columnName, conjuncts, findAll, keyOf, strings, type Tag, tableKey } from "../ast";
import { type CascadedChange, cascadedChanges } from "../cascades";
import { ROW_STATEMENTS } from "../executed";
import { fromSources, relationSource, scopeOf, unboundedReads, unboundedSources } from "../reads";
import { hasManyRounds } from "../rounds";
import {
  BOTH_PHASES,
  isVisible,
  type LintRule,
  type LintStatement,
  type RuleMatch,
  type StatementContext,
  tableName,
} from "../rule";

/** True if the condition selects more than a few rows of the changed table. */
function changesMany(
  relation: RangeVar | undefined,
  others: readonly Node[] | undefined,
  where: readonly Node[],
  scope: ReturnType<typeof scopeOf>,
): boolean {
  if (!relation) return false;
  const target = relationSource(relation, scope);
  const { sources, conditions } = fromSources(others, scope);
  return unboundedSources([target, ...sources], [...conditions, ...where], scope).includes(target);
}

interface RowChange {
  readonly relation: RangeVar | undefined;
  readonly verb: "UPDATE" | "DELETE" | "MERGE";
  readonly others: readonly Node[] | undefined;
  readonly where: readonly Node[];
  readonly deletes: boolean;
  /** Columns that an update sets. */
  readonly columns: readonly string[];
}

const columnsSet = (targets: readonly Node[] | undefined) =>
  (targets ?? []).flatMap((item) => as(item, "ResTarget")?.name ?? []);

/** Rows that a MERGE finds for its source, and rows for which the source has none. */
function mergeChanges({ relation, sourceRelation, joinCondition, mergeWhenClauses }: MergeStmt): RowChange[] {
  const actions = (mergeWhenClauses ?? []).flatMap((item) => as(item, "MergeWhenClause") ?? []);
  const changeOf = (found: readonly MergeWhenClause[]) => ({
    relation,
    verb: "MERGE" as const,
    deletes: found.some(({ commandType }) => commandType === "CMD_DELETE"),
    columns: found.flatMap(({ commandType, targetList }) =>
      commandType === "CMD_UPDATE" ? columnsSet(targetList) : [],
    ),
  });
  const isOther = ({ matchKind }: MergeWhenClause) => matchKind === "MERGE_WHEN_NOT_MATCHED_BY_SOURCE";
  const others = actions.filter((action) => isOther(action) && action.commandType !== "CMD_NOTHING");
  return [
    {
      ...changeOf(actions.filter((action) => !isOther(action))),
      others: sourceRelation ? [sourceRelation] : [],
      where: conjuncts(joinCondition),
    },
    ...others.map((action) => ({ ...changeOf([action]), others: [], where: conjuncts(action.condition) })),
  ];
}

function changesOf(node: Node): RowChange[] {
  return [
    ...findAll(node, "UpdateStmt").map(({ relation, fromClause, whereClause, targetList }) => ({
      relation,
      verb: "UPDATE" as const,
      others: fromClause,
      where: conjuncts(whereClause),
      deletes: false,
      columns: columnsSet(targetList),
    })),
    ...findAll(node, "DeleteStmt").map(({ relation, usingClause, whereClause }) => ({
      relation,
      verb: "DELETE" as const,
      others: usingClause,
      where: conjuncts(whereClause),
      deletes: true,
      columns: [],
    })),
    ...findAll(node, "MergeStmt").flatMap(mergeChanges),
  ];
}

/** Changes of many rows of other tables that a change of a few rows causes by its foreign keys. */
function cascadesOf(
  { relation, deletes, columns }: RowChange,
  { catalog }: StatementContext,
): readonly CascadedChange[] {
  const table = catalog.tables.get(tableKey(relation));
  if (!table) return [];
  return [
    ...(deletes ? cascadedChanges(catalog, table, undefined) : []),
    ...(columns.length > 0 ? cascadedChanges(catalog, table, columns) : []),
  ];
}

/** True if the condition limits the key to a batch, by `BETWEEN` or by `>=` and `<=`. See batchCondition(). */
function walksBatch(where: Node | undefined, keys: readonly string[]): boolean {
  const names = (node: Node | undefined) =>
    findAll({ node }, "ColumnRef").map(({ fields }) => strings(fields).at(-1));
  const parameters = (node: Node | readonly Node[] | undefined) =>
    findAll({ node }, "ParamRef").map(({ number }) => number);
  const tests = conjuncts(where).flatMap((node) => as(node, "A_Expr") ?? []);
  const onKey = tests.filter(({ lexpr }) => {
    const isKey = columnName(lexpr) !== undefined || (lexpr && "RowExpr" in lexpr);
    return isKey && `${names(lexpr)}` === `${keys}`;
  });
  const first = keys.map((_, i) => i + 1);
  const last = keys.map((_, i) => keys.length + i + 1);
  if (
    onKey.some(
      ({ kind, rexpr }) => kind === "AEXPR_BETWEEN" && `${parameters(rexpr)}` === `${[...first, ...last]}`,
    )
  )
    return true;
  const bounded = (operator: string, numbers: readonly number[]) =>
    onKey.some(({ name, rexpr }) => strings(name)[0] === operator && `${parameters(rexpr)}` === `${numbers}`);
  return bounded(">=", first) && bounded("<=", last);
}

/** Changes, copies and row locks of more than a few rows. */
export function* unboundedChanges(
  { node, part, loops }: LintStatement,
  context: StatementContext,
): Iterable<RuleMatch> {
  if (part === "backfill" || as(node, "CreateTableAsStmt")?.objtype === "OBJECT_MATVIEW") return;
  const repeats = loops.some((loop) => hasManyRounds(loop, context.catalog));
  const scope = scopeOf(context.catalog, node);
  const selects = findAll(node, "SelectStmt");
  for (const change of changesOf(node)) {
    const { relation, others, where, verb } = change;
    if (!isVisible(relation, context)) continue;
    if (repeats || changesMany(relation, others, where, scope)) yield { table: tableName(relation), verb };
    else for (const { key, cascade } of cascadesOf(change, context)) yield { table: key, verb: cascade };
  }
  for (const select of selects) {
    if (!select.lockingClause || as(select.limitCount, "A_Const")) continue;
    for (const table of unboundedReads({ SelectStmt: select }, scope)) {
      yield { table, verb: "SELECT … FOR UPDATE" };
    }
  }
  const copy = as(node, "CreateTableAsStmt");
  const query = copy && !copy.into?.skipData ? copy.query : as(node, "InsertStmt")?.selectStmt;
  const into = as(node, "SelectStmt")?.intoClause;
  const [source] = (query ?? into) ? unboundedReads(query ?? node, scope) : [];
  if (source !== undefined) yield { table: source, verb: `INSERT INTO … SELECT … FROM ${source}` };
}

const BACKFILL_TAGS: readonly Tag[] = [...ROW_STATEMENTS, "CallStmt"];

export const rowRules: readonly LintRule[] = [
  {
    name: "unbounded-change",
    statements: [...ROW_STATEMENTS, "CreateTableAsStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Each changed row of {table} stays locked until the script ends, and writes to these rows wait (measured: 4.6 s " +
      "for 1.5 million rows); rows written meanwhile may be missed.",
    remediation: `at the end of the script, in batches:
-- backfill: {table}
-- key: id
{verb} … WHERE id BETWEEN $1 AND $2;
A few rows: WHERE with constants for a primary key or another unique key.`,
    check: unboundedChanges,
  },
  {
    name: "backfill-unbounded",
    statements: BACKFILL_TAGS,
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Each batch scans the whole of {table} and locks rows outside the batch: {reason}.",
    remediation: `-- backfill: {table}
-- key: {key}
UPDATE {table} SET … WHERE {condition};`,
    *check({ node, part }, { script: { backfill } }) {
      if (part !== "backfill" || !backfill) return;
      const change = as(node, "UpdateStmt") ?? as(node, "DeleteStmt");
      const insert = as(node, "InsertStmt");
      const { keys } = backfill;
      const slots = {
        table: keyOf(parseName(backfill.table) ?? []),
        key: keys.join(", "),
        condition: batchCondition(keys),
      };
      const where = change ? change.whereClause : as(insert?.selectStmt, "SelectStmt")?.whereClause;
      if (!change && !insert) yield { ...slots, reason: "it is neither INSERT nor UPDATE nor DELETE" };
      else if (
        !walksBatch(
          where,
          keys.map((key) => parseName(key)?.at(-1) ?? key),
        )
      ) {
        yield { ...slots, reason: `its WHERE does not bound ${keyExpression(keys)} by the parameters` };
      }
    },
  },
  {
    name: "backfill-not-repeatable",
    statements: BACKFILL_TAGS,
    severity: "warning",
    phases: BOTH_PHASES,
    impact: "A row that a second run processes again gets a wrong value: {reason}.",
    remediation: "{way}",
    *check({ node, part }, { script: { backfill } }) {
      if (part !== "backfill" || !backfill) return;
      const update = as(node, "UpdateStmt");
      for (const item of update?.targetList ?? []) {
        const target = as(item, "ResTarget");
        const uses = findAll({ value: target?.val }, "ColumnRef").some(
          ({ fields }) => strings(fields).at(-1) === target?.name,
        );
        if (
          !target ||
          !uses ||
          columnName(target.val) === target.name ||
          conjuncts(update?.whereClause).length > 1
        )
          continue;
        yield {
          reason: `${target.name} is computed from itself`,
          way: `Exclude the finished rows: … AND ${target.name} IS DISTINCT FROM …, or compute it from other columns.`,
        };
      }
      const insert = as(node, "InsertStmt");
      const guarded = findAll(insert?.selectStmt, "SubLink").some(
        ({ subLinkType }) => subLinkType === "EXISTS_SUBLINK",
      );
      if (insert && !insert.onConflictClause && !guarded) {
        yield { reason: "the row is inserted twice", way: "INSERT … SELECT … ON CONFLICT DO NOTHING;" };
      }
    },
  },
];
