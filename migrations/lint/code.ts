import type { CreateFunctionStmt, Node, RangeVar } from "libpg-query";
import { parseName, quoteName } from "../script/name";
import { as, findAll, keyOf, strings, tableKey, typeReference } from "./ast";
import { isHarmlessFunction } from "./builtin-functions";
import { type Catalog, type Routine, type Table, withAncestors, withDescendants } from "./catalog";
import { computedExpressions } from "./computed";
import { executedBy } from "./executed";
import { type Loop, loopOf } from "./loops";
import { tryParse, tryParsePlPgSql } from "./parser";
import { isTree, parsedQuery, queryOf, type Tree } from "./plpgsql-tree";
import { option } from "./routines";

/** A statement in code. `line` is relative to the first line of the code. */
interface CodeStatement {
  readonly node: Node;
  readonly line: number;
  /** Loops around the statement, and queries that call its function for each row. */
  readonly loops: readonly Loop[];
}

/** Statements inside DO blocks and inside functions that the script calls. */
export interface EmbeddedCode {
  readonly statements: readonly CodeStatement[];
  /** Parts of the code that compose their statements at run time. */
  readonly unreadable: readonly { readonly reason: string; readonly line: number }[];
  readonly loops: readonly { readonly loop: Loop; readonly line: number }[];
}

const noCode: EmbeddedCode = { statements: [], unreadable: [], loops: [] };

function join(codes: readonly EmbeddedCode[]): EmbeddedCode {
  const [first = noCode, second] = codes.filter((code) => code !== noCode);
  if (!second) return first;
  return {
    statements: codes.flatMap(({ statements }) => statements),
    unreadable: codes.flatMap(({ unreadable }) => unreadable),
    loops: codes.flatMap(({ loops }) => loops),
  };
}

function moved(code: EmbeddedCode, lineOf: (line: number) => number): EmbeddedCode {
  if (code === noCode) return noCode;
  return {
    statements: code.statements.map((found) => ({ ...found, line: lineOf(found.line) })),
    unreadable: code.unreadable.map((found) => ({ ...found, line: lineOf(found.line) })),
    loops: code.loops.map((found) => ({ ...found, line: lineOf(found.line) })),
  };
}

const at = (line: number, code: EmbeddedCode) => moved(code, () => line);

/** The code, each statement of which runs in the loops. */
function inLoops(loops: readonly Loop[], code: EmbeddedCode): EmbeddedCode {
  if (code === noCode || loops.length === 0) return code;
  const statements = code.statements.map((found) => ({ ...found, loops: [...loops, ...found.loops] }));
  return { ...code, statements };
}

const unreadable = (reason: string, line: number): EmbeddedCode => ({
  ...noCode,
  unreadable: [{ reason, line }],
});

const statementsOf = (nodes: readonly Node[], line: number): EmbeddedCode => ({
  ...noCode,
  statements: nodes.map((node) => ({ node, line, loops: [] })),
});

/** Reads the statement of an EXECUTE. This is possible only for a string literal. */
function dynamicCode(value: unknown, line: number): EmbeddedCode {
  const [target] = as(parsedQuery(value), "SelectStmt")?.targetList ?? [];
  const text = as(as(target, "ResTarget")?.val, "A_Const")?.sval?.sval;
  const nodes = text === undefined ? undefined : tryParse(text);
  return nodes
    ? statementsOf(nodes, line)
    : unreadable("it executes text that is composed at run time", line);
}

function readTree(value: unknown, line: number): EmbeddedCode {
  if (Array.isArray(value)) return join(value.map((item) => readTree(item, line)));
  if (!isTree(value)) return noCode;
  return join(
    Object.entries(value).map(([key, child]): EmbeddedCode => {
      const here = isTree(child) && typeof child.lineno === "number" ? child.lineno : line;
      if (key === "PLpgSQL_stmt_dynexecute") {
        const { query, ...rest } = child as Tree;
        return join([dynamicCode(query, here), readTree(rest, here)]);
      }
      if (key === "dynquery") return dynamicCode(child, line);
      if (key === "PLpgSQL_stmt_commit" || key === "PLpgSQL_stmt_rollback") {
        const kind = key === "PLpgSQL_stmt_commit" ? "TRANS_STMT_COMMIT" : "TRANS_STMT_ROLLBACK";
        return statementsOf([{ TransactionStmt: { kind } }], here);
      }
      const loop = isTree(child) ? loopOf(key, child) : undefined;
      if (loop) {
        const { body, query, ...rest } = child as Tree;
        const rows = key === "PLpgSQL_stmt_dynfors" ? dynamicCode(query, here) : readTree([query], here);
        const code = inLoops([loop], readTree(body, here));
        return join([rows, readTree(rest, here), { ...code, loops: [{ loop, line: here }, ...code.loops] }]);
      }
      if (key !== "PLpgSQL_expr") return readTree(child, here);
      return statementsOf(tryParse(queryOf(value) ?? "") ?? [], line);
    }),
  );
}

function readPlPgSql(definition: string): EmbeddedCode {
  const tree = tryParsePlPgSql(definition);
  if (!isTree(tree)) return unreadable("its PL/pgSQL cannot be read without a database", 1);
  const parts = (Array.isArray(tree.plpgsql_funcs) ? tree.plpgsql_funcs : []).map((item: unknown) => {
    const routine = isTree(item) && isTree(item.PLpgSQL_function) ? item.PLpgSQL_function : undefined;
    // The data of a routine contain the initial values of its variables.
    return [routine?.datums, routine?.action];
  });
  return readTree(parts, 1);
}

function routineBody(node: CreateFunctionStmt, body: string | undefined): EmbeddedCode {
  const statements = body === undefined ? (as(node.sql_body, "List")?.items ?? []) : tryParse(body);
  if (!statements) return unreadable("its body cannot be read", 1);
  const flat = statements.flatMap((item) => as(item, "List")?.items ?? [item]);
  return statementsOf(flat, 1);
}

const ownCode = new WeakMap<Routine, EmbeddedCode>();

export function readRoutine(routine: Routine): EmbeddedCode {
  const known = ownCode.get(routine);
  if (known) return known;
  const node = as(routine.node, "CreateFunctionStmt") ?? {};
  const code =
    routine.language === "sql"
      ? routineBody(node, routine.body)
      : routine.language === "plpgsql"
        ? readPlPgSql(routine.definition)
        : routine.language === "aggregate"
          ? noCode
          : unreadable(`${routine.name}() is written in ${routine.language}`, 1);
  ownCode.set(routine, code);
  return code;
}

/** Collects the code behind a statement. Each function counts once, even if it is called from several places. */
class CallReader {
  private readonly seen = new Set<string>();

  constructor(private readonly catalog: Catalog) {}

  routine(name: string): EmbeddedCode {
    if (this.seen.has(name)) return noCode;
    this.seen.add(name);
    const overloads = this.catalog.overloads(name);
    if (overloads.length > 0) return join(overloads.map((routine) => this.overload(routine)));
    if (isHarmlessFunction(name)) return noCode;
    return unreadable(`it calls ${name}(), which no earlier script creates`, 1);
  }

  overload(routine: Routine): EmbeddedCode {
    const parameters = as(routine.node, "CreateFunctionStmt")?.parameters;
    const defaults = findAll(parameters, "FunctionParameter").flatMap(({ defexpr }) => defexpr ?? []);
    return join([
      this.withCalls(readRoutine(routine)),
      ...defaults.map((value) => this.calls(value)),
      ...routine.calls.map((name) => this.routine(name)),
    ]);
  }

  withCalls(code: EmbeddedCode): EmbeddedCode {
    const called = code.statements.map(({ node, line, loops }) => {
      return inLoops(loops, at(line, this.statement(node)));
    });
    return join([code, ...called]);
  }

  /** Code that runs because of the statement: functions, operators, triggers, defaults, and those of views. */
  statement(node: Node): EmbeddedCode {
    const refreshed = as(node, "RefreshMatViewStmt")?.relation;
    const query = refreshed && this.catalog.tables.get(tableKey(refreshed))?.query;
    return join([
      ...[...executedBy(node), ...(query ? [query] : [])].map((inner) => this.executed(inner)),
      ...computedExpressions(node, this.catalog).map((inner) => this.calls(inner)),
    ]);
  }

  private executed(node: Node): EmbeddedCode {
    const rows = findAll(node, "SelectStmt").some(({ fromClause }) => fromClause);
    const called = this.calls(node);
    return join([
      rows ? inLoops([{ kind: "rows", query: node }], called) : called,
      ...this.views(node),
      ...this.writes(node),
    ]);
  }

  /** Functions that the expressions in the tree call. */
  private calls(node: Node): EmbeddedCode {
    const calls = [as(node, "CallStmt")?.funccall ?? [], ...findAll(node, "FuncCall")].flat();
    const names = calls.map(({ funcname }) => keyOf(strings(funcname)));
    const { operators } = this.catalog;
    const operatorNames =
      operators.size > 0 ? findAll(node, "A_Expr").map(({ name }) => strings(name).at(-1)) : [];
    const functions = operatorNames.flatMap((name) => operators.get(name ?? "") ?? []);
    return join(
      [...names, ...functions, ...this.castFunctions(node), ...this.fieldFunctions(node)].map((name) =>
        this.routine(name),
      ),
    );
  }

  /** Functions that are called like a column of a row: `r.f` and `(r).f` are `f(r)` if there is no such column. */
  private fieldFunctions(node: Node): string[] {
    if (this.catalog.routines.size === 0) return [];
    const fields = [
      ...findAll(node, "ColumnRef").flatMap(({ fields: parts = [] }) =>
        parts.length > 1 ? parts.slice(-1) : [],
      ),
      ...findAll(node, "A_Indirection").flatMap(({ indirection }) => indirection ?? []),
    ];
    const names = this.created(strings(fields).map(quoteName));
    if (names.length === 0) return [];
    const tables = findAll(node, "RangeVar").map((relation) => this.catalog.tables.get(tableKey(relation)));
    return names.filter((name) => !tables.some((table) => table?.columns.has(parseName(name)?.[0] ?? "")));
  }

  private castFunctions(node: Node): string[] {
    const { casts, domains } = this.catalog;
    if (casts.size + domains.size === 0) return [];
    const types = findAll(node, "TypeCast").map(({ typeName }) => typeReference(typeName).name);
    return types.flatMap((name) => [
      ...(casts.get(name) ?? []),
      ...this.created(this.catalog.domainFunctions(name)),
    ]);
  }

  /** Those of the functions that a script creates. The others are functions of PostgreSQL. */
  private created(names: readonly string[]): string[] {
    return names.filter((name) => this.catalog.overloads(name).length > 0);
  }

  private views(node: Node): EmbeddedCode[] {
    return findAll(node, "RangeVar").flatMap((relation) => {
      const key = tableKey(relation);
      const table = this.catalog.tables.get(key);
      if (!table?.query || table.kind !== "view" || this.seen.has(`view ${key}`)) return [];
      this.seen.add(`view ${key}`);
      return [this.executed(table.query)];
    });
  }

  private writes(node: Node): EmbeddedCode[] {
    return writtenTables(node).flatMap(([relation, event]) => {
      const table = this.catalog.tables.get(tableKey(relation));
      return table ? this.tableCode(table, event) : [];
    });
  }

  private tableCode(table: Table, event: number): EmbeddedCode[] {
    const place = `table ${table.key} ${event}`;
    if (this.seen.has(place)) return [];
    this.seen.add(place);
    // Rows of a partition fire the triggers of its parents, and rows that are inserted into a parent go to a partition.
    const family = [...new Set([...withAncestors(table), ...withDescendants(table)])];
    const triggers = family
      .flatMap((member) => [...member.triggers.values()])
      .filter(({ events }) => (events & event) !== 0);
    const rules = [...table.rules.values()].filter((rule) => rule.event === RULE_EVENTS[event]);
    const columns = event === TRIGGER_DELETE ? [] : [...table.columns.values()];
    const defaults = columns
      .map(({ omitted }) => omitted)
      .filter(({ kind }) => event === TRIGGER_INSERT || kind === "generated");
    const checks =
      event === TRIGGER_DELETE ? [] : [...table.constraints.values()].map(({ expression }) => expression);
    const names = findAll([defaults, checks], "FuncCall").map(({ funcname }) => keyOf(strings(funcname)));
    const domains = columns.flatMap(({ type }) => this.catalog.domainFunctions(type?.name ?? ""));
    return [
      ...triggers.map(({ routine }) => this.routine(routine)),
      ...this.created([...names, ...domains]).map((name) => this.routine(name)),
      ...rules.map(({ actions }) => this.withCalls(statementsOf(actions, 1))),
    ];
  }
}

// Bits of the column tgtype of pg_trigger.
const TRIGGER_INSERT = 4;
const TRIGGER_DELETE = 8;
const TRIGGER_UPDATE = 16;
const TRIGGER_TRUNCATE = 32;

const RULE_EVENTS: Partial<Record<number, string>> = {
  [TRIGGER_INSERT]: "CMD_INSERT",
  [TRIGGER_DELETE]: "CMD_DELETE",
  [TRIGGER_UPDATE]: "CMD_UPDATE",
};

function writtenTables(node: Node): [relation: RangeVar | undefined, event: number][] {
  const inserts = findAll(node, "InsertStmt").flatMap((insert): [RangeVar | undefined, number][] => [
    [insert.relation, TRIGGER_INSERT],
    ...(insert.onConflictClause?.action === "ONCONFLICT_UPDATE"
      ? [[insert.relation, TRIGGER_UPDATE] as [RangeVar | undefined, number]]
      : []),
  ]);
  const merges = findAll(node, "MergeStmt").flatMap(({ relation }) =>
    [TRIGGER_INSERT, TRIGGER_UPDATE, TRIGGER_DELETE].map((event): [RangeVar | undefined, number] => [
      relation,
      event,
    ]),
  );
  const copy = as(node, "CopyStmt");
  return [
    ...inserts,
    ...merges,
    ...findAll(node, "UpdateStmt").map(({ relation }): [RangeVar | undefined, number] => [
      relation,
      TRIGGER_UPDATE,
    ]),
    ...findAll(node, "DeleteStmt").map(({ relation }): [RangeVar | undefined, number] => [
      relation,
      TRIGGER_DELETE,
    ]),
    ...(copy?.is_from ? [[copy.relation, TRIGGER_INSERT] as [RangeVar | undefined, number]] : []),
    ...(as(node, "TruncateStmt")?.relations ?? []).map((item): [RangeVar | undefined, number] => [
      as(item, "RangeVar"),
      TRIGGER_TRUNCATE,
    ]),
  ];
}

/** Statements that run neither queries nor code, except for {@link computedExpressions}. Most statements are among them. */
const PLAIN_TAGS = ["AlterTableStmt", "CreateStmt", "IndexStmt", "DropStmt", "RenameStmt", "CommentStmt"];

export function mayRunCode(node: Node, catalog: Catalog): boolean {
  return !PLAIN_TAGS.some((tag) => tag in node) || computedExpressions(node, catalog).length > 0;
}

/** The code of a function, with the functions that it calls. */
export function routineCode(routine: Routine, catalog: Catalog): EmbeddedCode {
  return new CallReader(catalog).overload(routine);
}

export function codeOf(node: Node, text: string, catalog: Catalog): EmbeddedCode {
  const block = as(node, "DoStmt");
  const reader = new CallReader(catalog);
  if (!block) return at(1, reader.statement(node));
  const language = as(option(block.args, "language"), "String")?.sval ?? "plpgsql";
  if (language !== "plpgsql") return unreadable(`it is written in ${language}`, 1);
  const body = as(option(block.args, "as"), "String")?.sval ?? "";
  const before = text.slice(0, Math.max(0, text.indexOf(body))).split("\n").length - 1;
  return moved(reader.withCalls(readPlPgSql(text)), (line) => line + before);
}
