/**
 * Analyzes the statements of functions without running them: PostgreSQL analyzes the body of a new SQL function, whose
 * parameters stand for the variables of the statement.
 */

import type { PGlite } from "@electric-sql/pglite";
import { Catalog } from "../lint/catalog";
import { tryParsePlPgSql } from "../lint/parser";
import { isTree, queryOf, type Tree } from "../lint/plpgsql-tree";
import { triggerEvents } from "../lint/trigger-code";
import { triggerFlow } from "../lint/trigger-flow";
import { quoteName } from "../script/name";
import type { RoutineState, TriggerState } from "./code-state";

export interface Problem {
  readonly message: string;
  /** SQLSTATE. Undefined for a problem that is not an error. */
  readonly code?: string;
  /** True if other clients wait. */
  readonly blocks?: boolean;
}

/** The error of a SQL function in which a row has no such column. */
export const NO_COLUMN = /^missing FROM-clause entry for table "(?:new|old)"$/;

export async function attempt(database: PGlite, sql: string): Promise<Problem | undefined> {
  await database.exec("savepoint attempt");
  try {
    await database.exec(sql);
    return undefined;
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    return { message, ...(code !== undefined && { code }) };
  } finally {
    await database.exec("rollback to attempt; release attempt");
  }
}

/** Statements and expressions in a part of the tree, and the targets of assignments. */
function statementsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  if (!isTree(value)) return [];
  const query = queryOf(value);
  const text = isTree(value.PLpgSQL_expr) ? `${value.PLpgSQL_expr.query}` : "";
  const [, target] = /^([^=']*?):?=/.exec(text) ?? [];
  const isAssignment = isTree(value.PLpgSQL_expr) && Number(value.PLpgSQL_expr.parseMode ?? 0) > 2;
  return [
    ...(query === undefined ? [] : [query]),
    ...(isAssignment && target !== undefined ? [`SELECT ${target}`] : []),
    ...Object.values(value).flatMap(statementsIn),
  ];
}

function functionOf(tree: unknown): Tree | undefined {
  const [first] = isTree(tree) && Array.isArray(tree.plpgsql_funcs) ? tree.plpgsql_funcs : [];
  return isTree(first) && isTree(first.PLpgSQL_function) ? first.PLpgSQL_function : undefined;
}

/** Variables with their types. Records have no type before the code runs. */
function variablesOf(routine: Tree): [name: string, type: string][] {
  const datums = Array.isArray(routine.datums) ? routine.datums : [];
  return datums.flatMap((datum): [string, string][] => {
    const found = isTree(datum) ? (datum.PLpgSQL_var ?? datum.PLpgSQL_rec) : undefined;
    const type = isTree(found) && isTree(found.datatype) ? found.datatype.PLpgSQL_type : undefined;
    if (!isTree(found) || !isTree(type)) return [];
    const text = `${type.typname}`;
    const isRow = /%rowtype$/i.test(text);
    if (text === "record") return [];
    return [[`${found.refname}`, isRow ? quoteName(text.replace(/%rowtype$/i, "")) : text]];
  });
}

const DOLLAR = "$analyzed_body$";

function reachable(tree: unknown, trigger: TriggerState | undefined): unknown {
  if (!trigger) return functionOf(tree);
  const flows = triggerEvents(trigger.type).map((event) =>
    triggerFlow(tree, new Catalog(), {
      event,
      isBefore: (trigger.type & 2) !== 0,
      isRow: (trigger.type & 1) !== 0,
      table: trigger.relation,
    }),
  );
  return [functionOf(tree)?.datums, flows.map((flow) => flow?.queries)];
}

/**
 * Problems of the statements of a function, by their text; undefined for a statement without a problem.
 *
 * @param trigger the trigger whose table NEW and OLD have
 */
export async function analyzeBody(
  database: PGlite,
  { language, definition, parameters }: RoutineState,
  trigger?: TriggerState,
): Promise<Map<string, Problem | undefined>> {
  if (language === "sql") return new Map([["its body", await attempt(database, definition)]]);
  const tree = tryParsePlPgSql(definition);
  const routine = functionOf(tree);
  if (!routine) return new Map();
  const variables = new Map<string, string>();
  const unnamed = parameters.map(
    ({ name, type }, i) => [name === "" ? `argument ${i + 1}` : name, type] as const,
  );
  for (const [name, type] of unnamed) variables.set(name, type);
  if (trigger) for (const name of ["new", "old"]) variables.set(name, trigger.table);
  for (const [name, type] of variablesOf(routine)) if (!variables.has(name)) variables.set(name, type);
  const list = [...variables].map(([name, type]) => `${quoteName(name)} ${type}`).join(", ");
  const problems = new Map<string, Problem | undefined>();
  for (const statement of new Set(statementsIn(reachable(tree, trigger)))) {
    const sql = `create function pg_temp.analyzed(${list}) returns void language sql as ${DOLLAR}${statement}${DOLLAR}`;
    problems.set(statement, await attempt(database, sql));
  }
  return problems;
}
