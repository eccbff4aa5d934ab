/**
 * Adding a column changes only the catalog if all rows get the same value. Otherwise the server rewrites the table.
 */

import { keyOf, strings, typeReference } from "../ast";
import { addedColumns, BOTH_PHASES, type LintRule } from "../rule";
import { volatileFunction } from "../volatility";

const rewrite =
  "Reads and writes of {table} wait while the server rewrites the table (measured: 21 s for ten million rows).";
const inSteps = `ALTER TABLE {table} ADD COLUMN {column} {type};
then a trigger or a default for new rows, and the old rows in batches:
-- backfill: {table}
-- key: id
UPDATE {table} SET {column} = … WHERE id BETWEEN $1 AND $2 AND {column} IS NULL;`;

const SERIAL_TYPE = /^(?:big|small)?serial[248]?$/;

export const addColumnRules: readonly LintRule[] = [
  {
    name: "add-column-volatile-default",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: `${rewrite} {function}() is volatile, or its volatility is unknown.`,
    remediation: `ALTER TABLE {table} ADD COLUMN {column} {type};
ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT …; -- for new rows
-- backfill: {table}
-- key: id
UPDATE {table} SET {column} = … WHERE id BETWEEN $1 AND $2 AND {column} IS NULL;`,
    *check(statement, context) {
      for (const { table, name, column, constraints } of addedColumns(statement, context)) {
        const value = constraints.find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
        const found = volatileFunction(value, context.catalog);
        const type = typeReference(column.typeName).name;
        if (found !== undefined) yield { table, column: name, type, function: found };
      }
    },
  },
  {
    name: "add-column-serial",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: `${rewrite} Each row gets a different number.`,
    remediation: `CREATE SEQUENCE {sequence};
ALTER TABLE {table} ADD COLUMN {column} bigint;
ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{sequence}'); -- for new rows
-- backfill: {table}
-- key: id
UPDATE {table} SET {column} = nextval('{sequence}') WHERE id BETWEEN $1 AND $2 AND {column} IS NULL;`,
    *check(statement, context) {
      for (const { table, name, column, constraints } of addedColumns(statement, context)) {
        const identity = constraints.some(({ contype }) => contype === "CONSTR_IDENTITY");
        if (identity || SERIAL_TYPE.test(keyOf(strings(column.typeName?.names)))) {
          yield { table, column: name, sequence: `${table}_${name}_seq` };
        }
      }
    },
  },
  {
    name: "add-column-generated",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: `${rewrite} A stored generated column is computed for all rows at once.`,
    remediation: `GENERATED ALWAYS AS (…) VIRTUAL, which is computed on read and does not rewrite the table; or
${inSteps}`,
    *check(statement, context) {
      for (const { table, name, column, constraints } of addedColumns(statement, context)) {
        if (constraints.some(({ generated_kind }) => generated_kind === "s")) {
          yield { table, column: name, type: typeReference(column.typeName).name };
        }
      }
    },
  },
  {
    name: "add-column-constrained-domain",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: `${rewrite} The constraints of the domain {type} are checked on every row, even if all values are null.`,
    remediation: `ALTER TABLE {table} ADD COLUMN {column} {base}; -- the base type of the domain
ALTER TABLE {table} ADD CONSTRAINT {column}_valid CHECK (…) NOT VALID;
in a later script: ALTER TABLE {table} VALIDATE CONSTRAINT {column}_valid;`,
    *check(statement, context) {
      for (const { table, name, column } of addedColumns(statement, context)) {
        const type = typeReference(column.typeName).name;
        const domain = context.catalog.domains.get(type);
        if (domain?.constrained) yield { table, column: name, type, base: domain.base.name };
      }
    },
  },
  {
    name: "add-column-required",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "The script fails if {table} has a row, and each INSERT of a version without {column} fails.",
    remediation: `ALTER TABLE {table} ADD COLUMN {column} {type} NOT NULL DEFAULT …; -- a constant, for every row
or, when the value differs from row to row:
${inSteps}
then NOT NULL as in the rule set-not-null.`,
    *check(statement, context) {
      for (const { table, name, column, constraints } of addedColumns(statement, context)) {
        const types = constraints.map(({ contype }) => contype);
        const filled = ["CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"] as const;
        const type = typeReference(column.typeName);
        if (!types.includes("CONSTR_NOTNULL") || filled.some((kind) => types.includes(kind))) continue;
        if (!SERIAL_TYPE.test(type.name)) yield { table, column: name, type: type.name };
      }
    },
  },
  {
    name: "add-column-json",
    statements: ["AlterTableStmt"],
    severity: "warning",
    phases: BOTH_PHASES,
    impact:
      "SELECT DISTINCT, UNION and GROUP BY on whole rows of {table} fail, because json has no equality operator.",
    remediation: "ALTER TABLE {table} ADD COLUMN {column} jsonb;",
    *check(statement, context) {
      for (const { table, name, column } of addedColumns(statement, context)) {
        if (typeReference(column.typeName).name === "json") yield { table, column: name };
      }
    },
  },
];
