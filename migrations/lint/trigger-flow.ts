/** Paths through a trigger function for one event on one table. */

import { as, findAll } from "./ast";
import type { Catalog } from "./catalog";
import { isTree, parsedQuery, someNode, type Tree } from "./plpgsql-tree";
import { type ColumnValues, evaluate, type WrittenValue } from "./written-values";

export type TriggerEvent = "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE";

/** Facts that a trigger function can ask for. */
export interface FiredTrigger {
  readonly event: TriggerEvent;
  readonly isBefore: boolean;
  readonly isRow: boolean;
  /** Name without the schema. */
  readonly table: string;
}

export type Returned = "new" | "old" | "null" | "other";

export interface TriggerFlow {
  readonly returns: ReadonlySet<Returned>;
  /** False if a path reaches the end of the function without RETURN. */
  readonly ends: boolean;
  readonly raises: boolean;
  readonly asserts: boolean;
  /** Statements and expressions on the paths. */
  readonly queries: readonly Tree[];
}

const UNKNOWN: WrittenValue = { kind: "unknown" };
const ERROR_LEVEL = 21; // See ERROR in elog.h.

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

class FlowReader {
  readonly returns = new Set<Returned>();
  readonly queries: Tree[] = [];
  raises = false;
  asserts = false;
  private readonly known: Map<string, WrittenValue>;

  constructor(
    private readonly datums: readonly unknown[],
    private readonly catalog: Catalog,
    { event, isBefore, isRow, table }: FiredTrigger,
  ) {
    const text = (value: string): WrittenValue => ({ kind: "value", value });
    this.known = new Map([
      ["tg_op", text(event)],
      ["tg_when", text(isBefore ? "BEFORE" : "AFTER")],
      ["tg_level", text(isRow ? "ROW" : "STATEMENT")],
      ["tg_table_name", text(table)],
      ["tg_relname", text(table)],
    ]);
  }

  /** @returns false if the statement after them can be reached */
  body(statements: unknown): boolean {
    return list(statements).some((item) => {
      const [kind = ""] = isTree(item) ? Object.keys(item) : [];
      const statement = isTree(item) ? item[kind] : undefined;
      return isTree(statement) && this.statement(kind.replace("PLpgSQL_stmt_", ""), statement);
    });
  }

  private statement(kind: string, statement: Tree): boolean {
    switch (kind) {
      case "block":
        return this.block(statement);
      case "if":
        return this.branches([
          [statement.cond, statement.then_body],
          ...list(statement.elsif_list).map((item): [unknown, unknown] => {
            const branch = isTree(item) && isTree(item.PLpgSQL_if_elsif) ? item.PLpgSQL_if_elsif : {};
            return [branch.cond, branch.stmts];
          }),
          [undefined, statement.else_body],
        ]);
      case "case":
        return this.cases(statement);
      case "return":
        this.returned(statement);
        return true;
      case "raise": {
        this.queries.push(statement);
        const isError = statement.elog_level === ERROR_LEVEL;
        if (isError) this.raises = true;
        return isError;
      }
      case "assert":
        this.asserts = true;
        return false;
      case "loop":
      case "while":
      case "fori":
      case "fors":
      case "forc":
      case "foreach_a":
      case "dynfors": {
        const { body, ...head } = statement;
        this.queries.push(head);
        this.body(body);
        return kind === "loop" && !someNode(body, (key) => key === "PLpgSQL_stmt_exit");
      }
      default:
        this.queries.push(statement);
        return false;
    }
  }

  /** An error that the block handles does not leave it. */
  private block({ body, exceptions }: Tree): boolean {
    const before = this.raises;
    const ends = this.body(body);
    if (!isTree(exceptions)) return ends;
    const handlers = isTree(exceptions.PLpgSQL_exception_block)
      ? list(exceptions.PLpgSQL_exception_block.exc_list)
      : [];
    const handlesAll = JSON.stringify(handlers.map((item) => isTree(item) && conditionsOf(item))).includes(
      '"others"',
    );
    if (handlesAll) this.raises = before;
    const handled = handlers.map((item) => {
      const handler = isTree(item) && isTree(item.PLpgSQL_exception) ? item.PLpgSQL_exception : {};
      return this.body(handler.action);
    });
    return ends && handled.every(Boolean);
  }

  private branches(branches: readonly [condition: unknown, body: unknown][]): boolean {
    const ends: boolean[] = [];
    for (const [condition, body] of branches) {
      const value = condition === undefined ? true : this.valueOf(condition);
      if (value === false) continue;
      if (condition !== undefined && value === undefined) this.queries.push({ condition });
      ends.push(this.body(body));
      if (value === true) break;
    }
    return ends.every(Boolean);
  }

  private cases({ t_expr, t_varno, case_when_list, have_else, else_stmts }: Tree): boolean {
    const variable = typeof t_varno === "number" ? this.nameOf(t_varno) : undefined;
    if (variable !== undefined) this.known.set(variable, this.evaluated(t_expr));
    const branches = list(case_when_list).map((item): [unknown, unknown] => {
      const branch = isTree(item) && isTree(item.PLpgSQL_case_when) ? item.PLpgSQL_case_when : {};
      return [branch.expr, branch.stmts];
    });
    // Without ELSE, a value that no branch has is an error.
    return this.branches(have_else === true ? [...branches, [undefined, else_stmts]] : branches);
  }

  private evaluated(expression: unknown): WrittenValue {
    const [target] = as(parsedQuery(expression), "SelectStmt")?.targetList ?? [];
    const value = as(target, "ResTarget")?.val;
    if (!value || findAll(value, "SubLink").length > 0) return UNKNOWN;
    const columns: ColumnValues = (name) => this.known.get(name) ?? UNKNOWN;
    return evaluate(value, { catalog: this.catalog, columns });
  }

  private valueOf(condition: unknown): boolean | undefined {
    const found = this.evaluated(condition);
    if (found.kind === "null") return false;
    return found.kind === "value" && typeof found.value === "boolean" ? found.value : undefined;
  }

  private nameOf(number: number): string {
    const [datum] = Object.values(isTree(this.datums[number]) ? this.datums[number] : {});
    return isTree(datum) && typeof datum.refname === "string" ? datum.refname : "";
  }

  private returned(statement: Tree): void {
    this.queries.push(statement);
    if (typeof statement.retvarno === "number") {
      const name = this.nameOf(statement.retvarno);
      this.returns.add(name === "new" || name === "old" ? name : "other");
      return;
    }
    const [target] = as(parsedQuery(statement.expr), "SelectStmt")?.targetList ?? [];
    const value = as(target, "ResTarget")?.val;
    this.returns.add(as(value, "A_Const")?.isnull ? "null" : "other");
  }
}

function conditionsOf({ PLpgSQL_exception: exception }: Tree): unknown {
  return isTree(exception) ? exception.conditions : undefined;
}

/** @param tree the tree of a CREATE FUNCTION; undefined if it is none that can be read */
export function triggerFlow(tree: unknown, catalog: Catalog, fired: FiredTrigger): TriggerFlow | undefined {
  const [first] = isTree(tree) ? list(tree.plpgsql_funcs) : [];
  const routine = isTree(first) && isTree(first.PLpgSQL_function) ? first.PLpgSQL_function : undefined;
  const block = isTree(routine?.action) ? routine.action.PLpgSQL_stmt_block : undefined;
  if (!isTree(block)) return undefined;
  const reader = new FlowReader(list(routine?.datums), catalog, fired);
  // The parser ends the outermost block by a RETURN without a line.
  const body = list(block.body).filter((item) => {
    const added = isTree(item) ? item.PLpgSQL_stmt_return : undefined;
    return !(isTree(added) && added.lineno === undefined);
  });
  const ends = reader.body([{ PLpgSQL_stmt_block: { ...block, body } }]);
  const { returns, raises, asserts, queries } = reader;
  return { returns, ends, raises, asserts, queries };
}
