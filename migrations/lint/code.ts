/** The statements inside DO blocks and inside functions that a script calls: they are run like any other. */

import type { CreateFunctionStmt, Node } from "libpg-query";
import { as, findAll, keyOf, strings } from "./ast";
import type { Catalog } from "./catalog";
import { option } from "./catalog-apply";
import { tryParse, tryParsePlPgSql } from "./parser";
import { steadyFunctions } from "./volatility";

export interface Code {
  /** Lines count from the first of the code. */
  readonly statements: readonly { readonly node: Node; readonly line: number }[];
  /** What nobody can know before it runs. */
  readonly unreadable: readonly { readonly reason: string; readonly line: number }[];
}

const nothing: Code = { statements: [], unreadable: [] };

function join(codes: readonly Code[]): Code {
  return {
    statements: codes.flatMap(({ statements }) => statements),
    unreadable: codes.flatMap(({ unreadable }) => unreadable),
  };
}

function at(line: number, { statements, unreadable }: Code): Code {
  return {
    statements: statements.map(({ node }) => ({ node, line })),
    unreadable: unreadable.map(({ reason }) => ({ reason, line })),
  };
}

const unreadable = (reason: string, line: number): Code => ({
  statements: [],
  unreadable: [{ reason, line }],
});

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => value !== null && typeof value === "object";

/** The text of a PLpgSQL_expr, as a statement of its own. */
function queryOf(value: unknown): string | undefined {
  const expression = isTree(value) && isTree(value.PLpgSQL_expr) ? value.PLpgSQL_expr : undefined;
  if (typeof expression?.query !== "string") return undefined;
  const mode = typeof expression.parseMode === "number" ? expression.parseMode : 0; // RawParseMode of parser.h
  if (mode === 0) return expression.query;
  return `SELECT ${mode === 2 ? expression.query : expression.query.replace(/^[^=]*?:?=/, "")}`;
}

/** EXECUTE of a literal can be read; of anything else it cannot. */
function dynamic(value: unknown, line: number): Code {
  const [select] = tryParse(queryOf(value) ?? "") ?? [];
  const [target] = as(select, "SelectStmt")?.targetList ?? [];
  const text = as(as(target, "ResTarget")?.val, "A_Const")?.sval?.sval;
  const nodes = text === undefined ? undefined : tryParse(text);
  return nodes
    ? { statements: nodes.map((node) => ({ node, line })), unreadable: [] }
    : unreadable("it executes text that is put together at run time", line);
}

function readTree(value: unknown, line: number): Code {
  if (Array.isArray(value)) return join(value.map((item) => readTree(item, line)));
  if (!isTree(value)) return nothing;
  return join(
    Object.entries(value).map(([key, child]): Code => {
      const here = isTree(child) && typeof child.lineno === "number" ? child.lineno : line;
      if (key === "PLpgSQL_stmt_dynexecute" || key === "PLpgSQL_stmt_dynfors") {
        return join([dynamic((child as Tree).query, here), readTree((child as Tree).body, here)]);
      }
      if (key === "dynquery") return dynamic(child, line);
      if (key === "PLpgSQL_stmt_commit" || key === "PLpgSQL_stmt_rollback") {
        const kind = key === "PLpgSQL_stmt_commit" ? "TRANS_STMT_COMMIT" : "TRANS_STMT_ROLLBACK";
        return { statements: [{ node: { TransactionStmt: { kind } }, line: here }], unreadable: [] };
      }
      if (key !== "PLpgSQL_expr") return readTree(child, here);
      const nodes = tryParse(queryOf(value) ?? "");
      return nodes ? { statements: nodes.map((node) => ({ node, line })), unreadable: [] } : nothing;
    }),
  );
}

/** The tree of a DO block or a function in PL/pgSQL. */
function readPlPgSql(definition: string): Code {
  const tree = tryParsePlPgSql(definition);
  if (!isTree(tree)) return unreadable("its PL/pgSQL cannot be read without a database", 1);
  const actions = (Array.isArray(tree.plpgsql_funcs) ? tree.plpgsql_funcs : []).map((item: unknown) => {
    return isTree(item) && isTree(item.PLpgSQL_function) ? item.PLpgSQL_function.action : undefined;
  });
  return readTree(actions, 1);
}

/** A PL/pgSQL function refuses what it is called for. */
export function raisesErrors(definition: string): boolean {
  const errorLevel = 21; // ERROR of elog.h
  const seen = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(seen);
    if (!isTree(value)) return false;
    const raise = value.PLpgSQL_stmt_raise;
    if (isTree(raise) && raise.elog_level === errorLevel) return true;
    return Object.values(value).some(seen);
  };
  return seen(tryParsePlPgSql(definition));
}

const harmless = new Set(
  `array_agg avg bool_and bool_or clock_timestamp count currval every gen_random_uuid generate_series lastval max min
  nextval pg_notify random rank row_number set_config setval sum unnest uuidv4 uuidv7`.split(/\s+/),
);
/** Families of PostgreSQL's own functions that only read. */
const harmlessNames =
  /^(?:array|col|format|has|json|jsonb|obj|pg_get|regexp|row|string|to)_|^to_?reg|^pg_\w+_size$/;

function routineBody(node: CreateFunctionStmt, body: string | undefined): Code {
  const statements = body === undefined ? (as(node.sql_body, "List")?.items ?? []) : tryParse(body);
  if (!statements) return unreadable("its body cannot be read", 1);
  const flat = statements.flatMap((item) => as(item, "List")?.items ?? [item]);
  return { statements: flat.map((statement) => ({ node: statement, line: 1 })), unreadable: [] };
}

function called(name: string, catalog: Catalog, callers: readonly string[]): Code {
  const routine = catalog.routines.get(name);
  if (callers.includes(name)) return nothing;
  if (!routine && (steadyFunctions.has(name) || harmless.has(name) || harmlessNames.test(name)))
    return nothing;
  if (!routine) return unreadable(`it calls ${name}(), which no earlier script defines`, 1);
  const node = as(routine.node, "CreateFunctionStmt") ?? {};
  if (routine.language === "sql")
    return withCalls(routineBody(node, routine.body), catalog, [...callers, name]);
  if (routine.language === "plpgsql")
    return withCalls(readPlPgSql(routine.definition), catalog, [...callers, name]);
  return unreadable(`${name}() is written in ${routine.language}`, 1);
}

/** Adds what the statements of the code run in turn. */
function withCalls(code: Code, catalog: Catalog, callers: readonly string[]): Code {
  return join([
    code,
    ...code.statements.map(({ node, line }) => at(line, codeCalled(node, catalog, callers))),
  ]);
}

function codeCalled(node: Node, catalog: Catalog, callers: readonly string[]): Code {
  if (!as(node, "SelectStmt") && !as(node, "CallStmt")) return nothing;
  const calls = [as(node, "CallStmt")?.funccall ?? [], ...findAll(node, "FuncCall")].flat();
  return join(calls.map(({ funcname }) => called(keyOf(strings(funcname)), catalog, callers)));
}

/** What a statement runs besides itself. */
export function codeOf(node: Node, text: string, catalog: Catalog): Code {
  const block = as(node, "DoStmt");
  if (!block) return at(1, codeCalled(node, catalog, []));
  const language = as(option(block.args, "language"), "String")?.sval ?? "plpgsql";
  if (language !== "plpgsql") return unreadable(`it is written in ${language}`, 1);
  const body = as(option(block.args, "as"), "String")?.sval ?? "";
  const before = text.slice(0, Math.max(0, text.indexOf(body))).split("\n").length - 1;
  const code = withCalls(readPlPgSql(text), catalog, []);
  return {
    statements: code.statements.map(({ node: inner, line }) => ({ node: inner, line: line + before })),
    unreadable: code.unreadable.map(({ reason, line }) => ({ reason, line: line + before })),
  };
}
