import type { AlterTableCmd, ColumnDef, Constraint, Node, RangeVar } from "libpg-query";
import { formatName, quoteName } from "../script/name";
import type { MigrationScript, Phase } from "../script/script";
import { as, type Tag, tableKey } from "./ast";
import type { Catalog } from "./catalog";
import { columnConstraints } from "./catalog-tables";
import type { Lock, LockSet } from "./locks";
import type { Loop } from "./loops";

/** `error`: clients wait or fail. `warning`: they may wait or fail, depending on the application. */
export type Severity = "error" | "warning";

export interface LintStatement {
  readonly node: Node;
  readonly line: number;
  /**
   * Text of the statement in the script. For a statement inside a DO block or function, the text of the statement
   * that runs it.
   */
  readonly text: string;
  /** `code`: the statement is inside a DO block or a function that the script calls. */
  readonly part: "script" | "backfill" | "code";
  /** Locks that the statement takes. Empty for a backfill, and while the statements of a script are only listed. */
  readonly locks: readonly Lock[];
  /** Parts of the code that compose their statements at run time. */
  readonly unreadable: readonly { readonly reason: string; readonly line: number }[];
  /** Loops in which the code runs the statement. */
  readonly loops: readonly Loop[];
  /** Loops in the code that the statement runs. */
  readonly innerLoops: readonly { readonly loop: Loop; readonly line: number }[];
}

export interface StatementContext {
  readonly script: MigrationScript;
  readonly catalog: Catalog;
  readonly statements: readonly LintStatement[];
  readonly declared: LockSet;
  readonly taken: LockSet;
}

/** Values for the `{slots}` in a rule's texts. A value `line` overrides the line of the statement. */
export type RuleMatch = Readonly<Record<string, string | number>>;

export interface LintRule {
  readonly name: string;
  readonly severity: Severity;
  readonly phases: readonly Phase[];
  /** Kinds of statements for which `check` is called. @default all */
  readonly statements?: readonly Tag[];
  /** Kinds of ALTER TABLE commands for which `check` is called. @default all */
  readonly commands?: readonly NonNullable<AlterTableCmd["subtype"]>[];
  /** Effect on clients. May contain `{slots}`. */
  readonly impact: string;
  /** SQL and steps that make the same change without the impact. May contain `{slots}`. */
  readonly remediation: string;
  check(statement: LintStatement, context: StatementContext): Iterable<RuleMatch>;
}

export const BOTH_PHASES: readonly Phase[] = ["expand", "contract"];

export function tableName(relation: RangeVar | undefined): string {
  if (relation?.relname !== undefined && !relation.schemaname) return quoteName(relation.relname);
  return formatName([relation?.schemaname, relation?.relname].filter((part) => part !== undefined));
}

export interface TableCommand {
  readonly table: string;
  readonly key: string;
  readonly command: AlterTableCmd;
}

/** Parts of a statement that several rules use. */
interface StatementParts {
  readonly statement: LintStatement;
  readonly commands: readonly TableCommand[];
  columns?: readonly AddedColumn[];
  constraints?: readonly AddedConstraint[];
}

/** Those of the last statement: all rules check one statement before the next. */
let lastParts: StatementParts | undefined;

/** Commands of an ALTER TABLE. Empty if the script itself creates the table, or for IF EXISTS of no known table. */
export function tableCommands(statement: LintStatement, context: StatementContext): readonly TableCommand[] {
  return partsOf(statement, context).commands;
}

function partsOf(statement: LintStatement, context: StatementContext): StatementParts {
  if (lastParts?.statement !== statement) {
    lastParts = { statement, commands: readCommands(statement, context) };
  }
  return lastParts;
}

const NO_COMMANDS: readonly TableCommand[] = [];

function readCommands(statement: LintStatement, { catalog }: StatementContext): readonly TableCommand[] {
  if (!("AlterTableStmt" in statement.node)) return NO_COMMANDS;
  const alter = as(statement.node, "AlterTableStmt");
  const key = tableKey(alter?.relation);
  const isNothing = alter?.missing_ok === true && !catalog.tables.has(key);
  const visible = alter?.objtype === "OBJECT_TABLE" && !catalog.isNewTable(key) && !isNothing;
  const table = tableName(alter?.relation);
  return (visible ? (alter.cmds ?? []) : []).flatMap((item) => {
    const command = as(item, "AlterTableCmd");
    return command ? { table, key, command } : [];
  });
}

export interface AddedColumn {
  readonly table: string;
  readonly key: string;
  readonly name: string;
  /** Name with the quotes that SQL needs. */
  readonly quoted: string;
  readonly column: ColumnDef;
  readonly constraints: readonly Constraint[];
}

export function addedColumns(statement: LintStatement, context: StatementContext): readonly AddedColumn[] {
  const parts = partsOf(statement, context);
  parts.columns ??= readColumns(parts.commands, context);
  return parts.columns;
}

function readColumns(commands: readonly TableCommand[], context: StatementContext): readonly AddedColumn[] {
  return commands.flatMap(({ table, key, command }) => {
    const column = command.subtype === "AT_AddColumn" ? as(command.def, "ColumnDef") : undefined;
    const known = context.catalog.tables.get(key)?.columns.get(column?.colname ?? "");
    if (!column || (command.missing_ok && known?.isCertain)) return [];
    const constraints = columnConstraints(column);
    const quoted = quoteName(column.colname ?? "");
    return { table, key, name: column.colname ?? "", quoted, column, constraints };
  });
}

export interface AddedConstraint {
  readonly table: string;
  readonly key: string;
  readonly constraint: Constraint;
  readonly column: AddedColumn | undefined;
}

export function addedConstraints(
  statement: LintStatement,
  context: StatementContext,
): readonly AddedConstraint[] {
  const parts = partsOf(statement, context);
  parts.constraints ??= readConstraints(parts.commands, addedColumns(statement, context));
  return parts.constraints;
}

function readConstraints(
  commands: readonly TableCommand[],
  columns: readonly AddedColumn[],
): readonly AddedConstraint[] {
  const own = commands.flatMap(({ table, key, command }) => {
    const constraint = command.subtype === "AT_AddConstraint" ? as(command.def, "Constraint") : undefined;
    return constraint ? { table, key, constraint, column: undefined } : [];
  });
  const inline = columns.flatMap((column) =>
    column.constraints.map((constraint) => ({ table: column.table, key: column.key, constraint, column })),
  );
  return [...own, ...inline];
}

/** False if the script itself creates the relation, because no other session can use it yet. */
export function isVisible(relation: RangeVar | undefined, { catalog }: StatementContext): boolean {
  return relation !== undefined && !catalog.isNewTable(tableKey(relation));
}
