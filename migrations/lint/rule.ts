/** What a rule is, and what it gets to see. */

import type { AlterTableCmd, ColumnDef, Constraint, Node, RangeVar } from "libpg-query";
import type { MigrationScript, Phase } from "../script/script";
import { as, type Tag, tableKey } from "./ast";
import type { Catalog } from "./catalog";
import type { Lock } from "./locks";

/** `error`: clients stall or fail. `warning`: they may, and only the application's authors can say whether. */
export type Severity = "error" | "warning";

export interface LintStatement {
  readonly node: Node;
  /** Of the file, 1-based. */
  readonly line: number;
  /** Of the statement of the script that it is, or lies in. */
  readonly text: string;
  /** `code`: inside a DO block or a function that the script calls. */
  readonly part: "script" | "backfill" | "code";
  /** What nobody can know of it before it runs. */
  readonly unreadable: readonly { readonly reason: string; readonly line: number }[];
}

export interface StatementContext {
  readonly script: MigrationScript;
  /** As it is before the statement. */
  readonly catalog: Catalog;
  /** The statements of the script itself, all of them. */
  readonly statements: readonly LintStatement[];
  /** Taken by the statements before this one. */
  readonly earlierLocks: readonly Lock[];
}

/** Values for the `{slots}` of a rule's texts; `line` moves the finding within the statement. */
export type RuleMatch = Readonly<Record<string, string | number>>;

export interface LintRule {
  readonly name: string;
  readonly severity: Severity;
  readonly phases: readonly Phase[];
  /** The kinds of statements that it looks at. Default: all. */
  readonly statements?: readonly Tag[];
  /** What clients would feel. */
  readonly impact: string;
  /** The way that they would not feel. */
  readonly remediation: string;
  check(statement: LintStatement, context: StatementContext): Iterable<RuleMatch>;
}

export const bothPhases: readonly Phase[] = ["expand", "contract"];

/** As somebody would write it. */
export function tableName(relation: RangeVar | undefined): string {
  const quote = (name: string) =>
    /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  return [relation?.schemaname, relation?.relname]
    .flatMap((part) => (part === undefined ? [] : quote(part)))
    .join(".");
}

export interface TableCommand {
  readonly table: string;
  readonly key: string;
  readonly command: AlterTableCmd;
}

// Most rules ask for them, of each statement.
const commandsOf = new WeakMap<LintStatement, readonly TableCommand[]>();

/** The parts of ALTER TABLE on a table that others can see. */
export function tableCommands(
  statement: LintStatement,
  { catalog }: StatementContext,
): readonly TableCommand[] {
  const known = commandsOf.get(statement);
  if (known) return known;
  const alter = as(statement.node, "AlterTableStmt");
  const key = tableKey(alter?.relation);
  const visible = alter?.objtype === "OBJECT_TABLE" && !catalog.isNewTable(key);
  const table = tableName(alter?.relation);
  const commands = (visible ? (alter.cmds ?? []) : []).flatMap((item) => {
    const command = as(item, "AlterTableCmd");
    return command ? { table, key, command } : [];
  });
  commandsOf.set(statement, commands);
  return commands;
}

export interface AddedColumn {
  readonly table: string;
  readonly key: string;
  readonly name: string;
  readonly column: ColumnDef;
  readonly constraints: readonly Constraint[];
}

export function addedColumns(statement: LintStatement, context: StatementContext): AddedColumn[] {
  return tableCommands(statement, context).flatMap(({ table, key, command }) => {
    const column = command.subtype === "AT_AddColumn" ? as(command.def, "ColumnDef") : undefined;
    if (!column || (command.missing_ok && context.catalog.tables.get(key)?.columns.has(column.colname ?? "")))
      return [];
    const constraints = (column.constraints ?? []).flatMap((node) => as(node, "Constraint") ?? []);
    return { table, key, name: column.colname ?? "", column, constraints };
  });
}

export interface AddedConstraint {
  readonly table: string;
  readonly key: string;
  readonly constraint: Constraint;
  /** The added column that it is written at. */
  readonly column: AddedColumn | undefined;
}

export function addedConstraints(statement: LintStatement, context: StatementContext): AddedConstraint[] {
  const own = tableCommands(statement, context).flatMap(({ table, key, command }) => {
    const constraint = command.subtype === "AT_AddConstraint" ? as(command.def, "Constraint") : undefined;
    return constraint ? { table, key, constraint, column: undefined } : [];
  });
  const inline = addedColumns(statement, context).flatMap((column) =>
    column.constraints.map((constraint) => ({ table: column.table, key: column.key, constraint, column })),
  );
  return [...own, ...inline];
}

/** The relation is there for others than this script. */
export function isVisible(relation: RangeVar | undefined, { catalog }: StatementContext): boolean {
  return relation !== undefined && !catalog.isNewTable(tableKey(relation));
}
