import type { CreateFunctionStmt, Node } from "libpg-query";
import { as, findAll, keyOf, strings } from "./ast";
import type { Catalog } from "./catalog";
import { option } from "./catalog-apply";
import { tryParse, tryParsePlPgSql } from "./parser";
import { steadyFunctions } from "./volatility";

/** Statements inside DO blocks and inside functions that the script calls. */
export interface EmbeddedCode {
  /** Parsed statements. `line` is relative to the first line of the code. */
  readonly statements: readonly { readonly node: Node; readonly line: number }[];
  /** Parts of the code that compose their statements at run time. */
  readonly unreadable: readonly { readonly reason: string; readonly line: number }[];
}

const noCode: EmbeddedCode = { statements: [], unreadable: [] };

function join(codes: readonly EmbeddedCode[]): EmbeddedCode {
  return {
    statements: codes.flatMap(({ statements }) => statements),
    unreadable: codes.flatMap(({ unreadable }) => unreadable),
  };
}

function at(line: number, { statements, unreadable }: EmbeddedCode): EmbeddedCode {
  return {
    statements: statements.map(({ node }) => ({ node, line })),
    unreadable: unreadable.map(({ reason }) => ({ reason, line })),
  };
}

const unreadable = (reason: string, line: number): EmbeddedCode => ({
  statements: [],
  unreadable: [{ reason, line }],
});

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => value !== null && typeof value === "object";

function queryOf(value: unknown): string | undefined {
  const expression = isTree(value) && isTree(value.PLpgSQL_expr) ? value.PLpgSQL_expr : undefined;
  if (typeof expression?.query !== "string") return undefined;
  const mode = typeof expression.parseMode === "number" ? expression.parseMode : 0; // See RawParseMode in parser.h.
  if (mode === 0) return expression.query;
  return `SELECT ${mode === 2 ? expression.query : expression.query.replace(/^[^=]*?:?=/, "")}`;
}

/** Reads the statement of an EXECUTE. This is possible only for a string literal. */
function dynamicCode(value: unknown, line: number): EmbeddedCode {
  const [select] = tryParse(queryOf(value) ?? "") ?? [];
  const [target] = as(select, "SelectStmt")?.targetList ?? [];
  const text = as(as(target, "ResTarget")?.val, "A_Const")?.sval?.sval;
  const nodes = text === undefined ? undefined : tryParse(text);
  return nodes
    ? { statements: nodes.map((node) => ({ node, line })), unreadable: [] }
    : unreadable("it executes text that is composed at run time", line);
}

function readTree(value: unknown, line: number): EmbeddedCode {
  if (Array.isArray(value)) return join(value.map((item) => readTree(item, line)));
  if (!isTree(value)) return noCode;
  return join(
    Object.entries(value).map(([key, child]): EmbeddedCode => {
      const here = isTree(child) && typeof child.lineno === "number" ? child.lineno : line;
      if (key === "PLpgSQL_stmt_dynexecute" || key === "PLpgSQL_stmt_dynfors") {
        return join([dynamicCode((child as Tree).query, here), readTree((child as Tree).body, here)]);
      }
      if (key === "dynquery") return dynamicCode(child, line);
      if (key === "PLpgSQL_stmt_commit" || key === "PLpgSQL_stmt_rollback") {
        const kind = key === "PLpgSQL_stmt_commit" ? "TRANS_STMT_COMMIT" : "TRANS_STMT_ROLLBACK";
        return { statements: [{ node: { TransactionStmt: { kind } }, line: here }], unreadable: [] };
      }
      if (key !== "PLpgSQL_expr") return readTree(child, here);
      const nodes = tryParse(queryOf(value) ?? "");
      return nodes ? { statements: nodes.map((node) => ({ node, line })), unreadable: [] } : noCode;
    }),
  );
}

function readPlPgSql(definition: string): EmbeddedCode {
  const tree = tryParsePlPgSql(definition);
  if (!isTree(tree)) return unreadable("its PL/pgSQL cannot be read without a database", 1);
  const actions = (Array.isArray(tree.plpgsql_funcs) ? tree.plpgsql_funcs : []).map((item: unknown) => {
    return isTree(item) && isTree(item.PLpgSQL_function) ? item.PLpgSQL_function.action : undefined;
  });
  return readTree(actions, 1);
}

export function raisesErrors(definition: string): boolean {
  const errorLevel = 21; // See ERROR in elog.h.
  const raises = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(raises);
    if (!isTree(value)) return false;
    const raise = value.PLpgSQL_stmt_raise;
    if (isTree(raise) && raise.elog_level === errorLevel) return true;
    return Object.values(value).some(raises);
  };
  return raises(tryParsePlPgSql(definition));
}

const harmlessFunctions = new Set(
  `array_agg avg bool_and bool_or clock_timestamp count currval every gen_random_uuid generate_series lastval max min
  nextval pg_notify random rank row_number set_config setval sum unnest uuidv4 uuidv7`.split(/\s+/),
);
const HARMLESS_FUNCTION =
  /^(?:array|col|format|has|json|jsonb|obj|pg_get|regexp|row|string|to)_|^to_?reg|^pg_\w+_size$/;

function routineBody(node: CreateFunctionStmt, body: string | undefined): EmbeddedCode {
  const statements = body === undefined ? (as(node.sql_body, "List")?.items ?? []) : tryParse(body);
  if (!statements) return unreadable("its body cannot be read", 1);
  const flat = statements.flatMap((item) => as(item, "List")?.items ?? [item]);
  return { statements: flat.map((statement) => ({ node: statement, line: 1 })), unreadable: [] };
}

function routineCode(name: string, catalog: Catalog, callers: readonly string[]): EmbeddedCode {
  const routine = catalog.routines.get(name);
  if (callers.includes(name)) return noCode;
  if (!routine && (steadyFunctions.has(name) || harmlessFunctions.has(name) || HARMLESS_FUNCTION.test(name)))
    return noCode;
  if (!routine) return unreadable(`it calls ${name}(), which no earlier script creates`, 1);
  const node = as(routine.node, "CreateFunctionStmt") ?? {};
  if (routine.language === "sql")
    return withCalls(routineBody(node, routine.body), catalog, [...callers, name]);
  if (routine.language === "plpgsql")
    return withCalls(readPlPgSql(routine.definition), catalog, [...callers, name]);
  return unreadable(`${name}() is written in ${routine.language}`, 1);
}

function withCalls(code: EmbeddedCode, catalog: Catalog, callers: readonly string[]): EmbeddedCode {
  return join([
    code,
    ...code.statements.map(({ node, line }) => at(line, calledCode(node, catalog, callers))),
  ]);
}

function calledCode(node: Node, catalog: Catalog, callers: readonly string[]): EmbeddedCode {
  if (!as(node, "SelectStmt") && !as(node, "CallStmt")) return noCode;
  const calls = [as(node, "CallStmt")?.funccall ?? [], ...findAll(node, "FuncCall")].flat();
  return join(calls.map(({ funcname }) => routineCode(keyOf(strings(funcname)), catalog, callers)));
}

export function codeOf(node: Node, text: string, catalog: Catalog): EmbeddedCode {
  const block = as(node, "DoStmt");
  if (!block) return at(1, calledCode(node, catalog, []));
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
