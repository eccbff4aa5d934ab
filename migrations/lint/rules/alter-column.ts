import type { ColumnDef } from "libpg-query";
import { quoteName } from "../../script/name";
import { as, columnName, keyOf, strings, type TypeReference, typeReference, typeText } from "../ast";
import { type Catalog, foreignKeyPartners, type Table, withDescendants } from "../catalog";
import { isNullConstant } from "../catalog-tables";
import { addedColumns, BOTH_PHASES, type LintRule, tableCommands } from "../rule";
import { rewriteReason } from "../types";

/** A CHECK on the column. A change of type validates it on every row, even if the table is not rewritten. */
function checkOn(table: Table, column: string): string | undefined {
  const found = [...table.constraints].find(([, { kind, columns, expression }]) => {
    return (
      kind === "check" && (columns.includes(column) || (expression === undefined && columns.length === 0))
    );
  });
  return found?.[0];
}

/**
 * Index that the change builds again although the table is not rewritten. PostgreSQL keeps an index only if all its
 * columns are plain and keep their operators and their collation. See CheckIndexCompatible in indexcmds.c.
 */
function rebuiltIndex(table: Table, column: string, keepsOperators: boolean): string | undefined {
  const found = [...table.indexes].find(({ columns, mentions }) => {
    const isConcerned = mentions.includes(column) || mentions.includes("*");
    return isConcerned && (columns === undefined || !keepsOperators);
  });
  return found && (found.key || "of the partition key or of the parent");
}

function computesValues(definition: ColumnDef | undefined, column: string, to: TypeReference): boolean {
  const using = definition?.raw_default;
  if (!using) return false;
  const cast = as(using, "TypeCast");
  const plain = columnName(using) ?? columnName(cast?.arg);
  return plain !== column || (cast !== undefined && typeText(typeReference(cast.typeName)) !== typeText(to));
}

/** Letter of ALTER DOMAIN … SET or DROP DEFAULT in the parsed statement. */
const DOMAIN_DEFAULT = "T";

const sameOperators = (from: TypeReference | undefined, to: TypeReference) =>
  from?.name === to.name || !/^(?:timestamp|timestamptz)$/.test(to.name);

function typeChangeReason(
  catalog: Catalog,
  table: Table | undefined,
  column: string,
  to: TypeReference,
  definition: ColumnDef | undefined,
): string | undefined {
  if (computesValues(definition, column, to)) return "USING computes the value of each row";
  if (!to.array && catalog.domains.get(to.name)?.constrained)
    return `the constraints of the domain ${to.name} are checked on each row`;
  const target = catalog.baseType(to);
  const known = table?.columns.get(column);
  const own = known?.isCertain ? known.type : undefined;
  const base = catalog.baseType(own);
  // A column of a domain has no length of its own, so its values are cut again to the length of another type.
  const hasLength = base === own || (own && typeText(own) === typeText(to));
  const from = base && !hasLength ? { ...base, modifiers: [] } : base;
  if (!target || !table || !from) return rewriteReason(undefined, target ?? to, false);
  const reason = rewriteReason(from, target, catalog.utc);
  if (reason !== undefined) return reason;
  if (!table.isWhole) return "the constraints and indexes of the column are not all known";
  const collation = definition?.collClause ? keyOf(strings(definition.collClause.collname)) : undefined;
  const keepsOperators = sameOperators(from, target) && collation === known?.collation;
  const check = checkOn(table, column);
  if (check !== undefined) return `the constraint ${quoteName(check)} is validated again on every row`;
  const index = rebuiltIndex(table, column, keepsOperators);
  if (index !== undefined) return `the index ${index} is built again`;
  if (!keepsOperators && foreignKeyPartners(catalog, table, column).length > 0)
    return "a foreign key is validated again on every row";
  return undefined;
}

export const alterColumnRules: readonly LintRule[] = [
  {
    name: "change-column-type",
    statements: ["AlterTableStmt"],
    commands: ["AT_AlterColumnType"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Reads and writes of {table} wait while the server rewrites or scans it (measured, int to bigint: 17 s for ten " +
      "million rows): {reason}.",
    remediation: `ALTER TABLE {table} ADD COLUMN {column}_new {type}; -- and a trigger that keeps both columns equal
-- backfill: {table}
-- key: id
UPDATE {table} SET {column}_new = {column} WHERE id BETWEEN $1 AND $2 AND {column}_new IS NULL;
The new version uses {column}_new; a contract script drops {column}. No rewrite: a longer or unlimited varchar, varchar to
text, numeric with more digits and the same scale, more precision of times, cidr to inet.`,
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        if (command.subtype !== "AT_AlterColumnType") continue;
        const definition = as(command.def, "ColumnDef");
        const to = typeReference(definition?.typeName);
        const known = context.catalog.tables.get(key);
        const [reason] = (known ? withDescendants(known) : [undefined]).flatMap((target) => {
          return typeChangeReason(context.catalog, target, command.name ?? "", to, definition) ?? [];
        });
        if (reason) yield { table, column: quoteName(command.name ?? ""), type: typeText(to), reason };
      }
    },
  },
  {
    name: "set-not-null",
    statements: ["AlterTableStmt"],
    commands: ["AT_SetNotNull", "AT_AddConstraint", "AT_AddColumn"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Reads and writes of {table} wait while the server scans it for nulls (measured: 1.5 s for ten million rows; " +
      "0.07 s after a validated CHECK).",
    remediation: `ALTER TABLE {table} ADD CONSTRAINT {column}_present CHECK ({column} IS NOT NULL) NOT VALID;
in a later script: ALTER TABLE {table} VALIDATE CONSTRAINT {column}_present;
in a later script: ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL; -- no scan, because the check proves it
(From PostgreSQL 18 on, also ADD CONSTRAINT … NOT NULL {column} NOT VALID and VALIDATE.)`,
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        const added = command.subtype === "AT_AddConstraint" ? as(command.def, "Constraint") : undefined;
        const required =
          added?.contype === "CONSTR_NOTNULL" && !added.skip_validation ? added.keys : undefined;
        const column = command.subtype === "AT_SetNotNull" ? command.name : as(required?.[0], "String")?.sval;
        const known = context.catalog.tables.get(key);
        if (column === undefined || context.catalog.isProvenNotNull(known, column)) continue;
        yield { table, column: quoteName(column) };
      }
      // Rows can violate NOT NULL of a new virtual column, because its values are computed from other columns.
      for (const { table, quoted, constraints } of addedColumns(statement, context)) {
        const isVirtual = constraints.some(({ generated_kind }) => generated_kind === "v");
        const isRequired = constraints.some(({ contype }) => contype === "CONSTR_NOTNULL");
        if (isVirtual && isRequired) yield { table, column: quoted };
      }
    },
  },
  {
    name: "drop-not-null",
    statements: ["AlterTableStmt"],
    commands: ["AT_DropNotNull"],
    severity: "warning",
    phases: ["expand"],
    impact:
      "The running version does not expect a null in {table}.{column}, which another version can now write.",
    remediation: `Let a trigger or a default fill {column} while the running version reads it, and put
ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL; into a contract script.`,
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        const added = context.catalog.tables.get(key)?.columns.get(command.name ?? "")?.addedIn;
        if (command.subtype !== "AT_DropNotNull" || (added && added === context.script)) continue;
        yield { table, column: quoteName(command.name ?? "") };
      }
    },
  },
  {
    name: "drop-default",
    statements: ["AlterTableStmt", "AlterDomainStmt"],
    commands: ["AT_ColumnDefault", "AT_DropIdentity", "AT_DropExpression"],
    severity: "error",
    phases: ["expand"],
    impact:
      "The running version's INSERT relies on the default of {name}: from now on it writes a null or fails.",
    remediation: "Put it into a contract script, dead-from the first version that writes the value itself.",
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        const added = context.catalog.tables.get(key)?.columns.get(command.name ?? "")?.addedIn;
        const dropsValue =
          (command.subtype === "AT_ColumnDefault" && (!command.def || isNullConstant(command.def))) ||
          command.subtype === "AT_DropIdentity" ||
          command.subtype === "AT_DropExpression";
        if (!dropsValue || context.catalog.isUnknownToRunning(added)) continue;
        yield { name: `${table}.${quoteName(command.name ?? "")}` };
      }
      const domain = as(statement.node, "AlterDomainStmt");
      const name = keyOf(strings(domain?.typeName));
      const isDropped = domain?.subtype === DOMAIN_DEFAULT && (!domain.def || isNullConstant(domain.def));
      if (isDropped && !context.catalog.isNew("type", name)) yield { name: `the domain ${name}` };
    },
  },
];
