/**
 * Adding a column changes only the catalog if all rows get the same value. Otherwise the server rewrites the table.
 */

import { withSuffix } from "../../script/name";
import { keyOf, strings, type TypeReference, typeReference, typeText } from "../ast";
import type { Catalog, Domain } from "../catalog";
import { omittedValue, SERIAL_TYPE } from "../catalog-tables";
import { addedColumns, BOTH_PHASES, type LintRule } from "../rule";
import { volatileFunction } from "../volatility";

const rewrite =
  "Reads and writes of {table} wait while the server rewrites the table (measured: 21 s for ten million rows).";
const inSteps = `ALTER TABLE {table} ADD COLUMN {column} {type};
then a trigger or a default for new rows, and the old rows in batches:
-- backfill: {table}
-- key: id
UPDATE {table} SET {column} = … WHERE id BETWEEN $1 AND $2 AND {column} IS NULL;`;

/** The domain itself, or a domain on which it is based, has constraints. Those of an array's elements do not count. */
function constrainedDomain({ name, array }: TypeReference, catalog: Catalog): Domain | undefined {
  const domain = array ? undefined : catalog.domains.get(name);
  if (!domain || domain.constrained) return domain;
  return constrainedDomain(domain.base, catalog) ? domain : undefined;
}

export const addColumnRules: readonly LintRule[] = [
  {
    name: "add-column-volatile-default",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: `${rewrite} {function}() is volatile, or its volatility is unknown.`,
    remediation: `ALTER TABLE {table} ADD COLUMN {column} {type};
ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT …; -- for new rows
-- backfill: {table}
-- key: id
UPDATE {table} SET {column} = … WHERE id BETWEEN $1 AND $2 AND {column} IS NULL;`,
    *check(statement, context) {
      for (const { table, quoted, column, constraints } of addedColumns(statement, context)) {
        const reference = typeReference(column.typeName);
        const own = constraints.find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
        const inherited = reference.array ? undefined : context.catalog.domainDefault(reference.name);
        const found = volatileFunction(own ?? inherited, context.catalog);
        const type = typeText(reference);
        if (found !== undefined) yield { table, column: quoted, type, function: found };
      }
    },
  },
  {
    name: "add-column-serial",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: `${rewrite} Each row gets a different number.`,
    remediation: `CREATE SEQUENCE {sequence};
ALTER TABLE {table} ADD COLUMN {column} bigint;
ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval({text}); -- for new rows
-- backfill: {table}
-- key: id
UPDATE {table} SET {column} = nextval({text}) WHERE id BETWEEN $1 AND $2 AND {column} IS NULL;`,
    *check(statement, context) {
      for (const { table, name, quoted, column, constraints } of addedColumns(statement, context)) {
        const identity = constraints.some(({ contype }) => contype === "CONSTR_IDENTITY");
        if (identity || SERIAL_TYPE.test(keyOf(strings(column.typeName?.names)))) {
          const sequence = withSuffix(table, `_${name}_seq`);
          yield { table, column: quoted, sequence, text: `'${sequence.replaceAll("'", "''")}'` };
        }
      }
    },
  },
  {
    name: "add-column-generated",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: `${rewrite} A stored generated column is computed for all rows at once.`,
    remediation: `GENERATED ALWAYS AS (…) VIRTUAL, which is computed on read and does not rewrite the table; or
${inSteps}`,
    *check(statement, context) {
      for (const { table, quoted, column, constraints } of addedColumns(statement, context)) {
        if (constraints.some(({ generated_kind }) => generated_kind === "s")) {
          yield { table, column: quoted, type: typeText(typeReference(column.typeName)) };
        }
      }
    },
  },
  {
    name: "add-column-constrained-domain",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: `${rewrite} The constraints of the domain {type} are checked on every row, even if all values are null.`,
    remediation: `ALTER TABLE {table} ADD COLUMN {column} {base}; -- the base type of the domain
ALTER TABLE {table} ADD CONSTRAINT {column}_valid CHECK (…) NOT VALID;
in a later script: ALTER TABLE {table} VALIDATE CONSTRAINT {column}_valid;`,
    *check(statement, context) {
      for (const { table, quoted, column } of addedColumns(statement, context)) {
        const type = typeReference(column.typeName);
        const domain = constrainedDomain(type, context.catalog);
        if (domain) yield { table, column: quoted, type: type.name, base: typeText(domain.base) };
      }
    },
  },
  {
    name: "add-column-required",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "The script fails if {table} has a row, and each INSERT of a version without {column} fails.",
    remediation: `ALTER TABLE {table} ADD COLUMN {column} {type} NOT NULL DEFAULT …; -- a constant, for every row
or, when the value differs from row to row:
${inSteps}
then NOT NULL as in the rule set-not-null.`,
    *check(statement, context) {
      for (const { table, quoted, column, constraints } of addedColumns(statement, context)) {
        const types = constraints.map(({ contype }) => contype);
        const type = typeReference(column.typeName);
        const isRequired = types.includes("CONSTR_NOTNULL") || types.includes("CONSTR_PRIMARY");
        if (!isRequired || omittedValue(SERIAL_TYPE.test(type.name), constraints).kind !== "null") continue;
        yield { table, column: quoted, type: typeText(type) };
      }
    },
  },
  {
    name: "add-column-json",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn"],
    severity: "warning",
    phases: BOTH_PHASES,
    impact:
      "SELECT DISTINCT, UNION and GROUP BY on whole rows of {table} fail, because json has no equality operator.",
    remediation: "ALTER TABLE {table} ADD COLUMN {column} jsonb;",
    *check(statement, context) {
      for (const { table, quoted, column } of addedColumns(statement, context)) {
        if (typeReference(column.typeName).name === "json") yield { table, column: quoted };
      }
    },
  },
];
