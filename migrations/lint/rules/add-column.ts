/** New columns: free when every row gets the same value, a rewrite of the table when not. */

import { keyOf, strings, typeReference } from "../ast";
import { addedColumns, bothPhases, type LintRule } from "../rule";
import { volatileFunction } from "../volatility";

const rewrite =
  "Nobody reads or writes {table} while the server writes the whole table anew (measured: 21 s for ten million rows).";
const inSteps = `ALTER TABLE {table} ADD COLUMN {column} {type};
then, with a trigger or a default for new rows, the old rows in batches:
-- backfill: {table}
-- key: id
UPDATE {table} SET {column} = … WHERE id BETWEEN $1 AND $2 AND {column} IS NULL;`;

const serial = /^(?:big|small)?serial[248]?$/;

export const addColumnRules: readonly LintRule[] = [
  {
    name: "add-column-volatile-default",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: bothPhases,
    impact: `${rewrite} {function}() is volatile, or nothing says that it is not.`,
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
    phases: bothPhases,
    impact: `${rewrite} Each row gets a number of its own.`,
    remediation: `CREATE SEQUENCE {sequence};
ALTER TABLE {table} ADD COLUMN {column} bigint;
ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{sequence}'); -- for new rows
-- backfill: {table}
-- key: id
UPDATE {table} SET {column} = nextval('{sequence}') WHERE id BETWEEN $1 AND $2 AND {column} IS NULL;`,
    *check(statement, context) {
      for (const { table, name, column, constraints } of addedColumns(statement, context)) {
        const identity = constraints.some(({ contype }) => contype === "CONSTR_IDENTITY");
        if (identity || serial.test(keyOf(strings(column.typeName?.names)))) {
          yield { table, column: name, sequence: `${table}_${name}_seq` };
        }
      }
    },
  },
  {
    name: "add-column-generated",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: bothPhases,
    impact: `${rewrite} A stored generated column is computed for each row at once.`,
    remediation: `GENERATED ALWAYS AS (…) VIRTUAL, which is computed by readers and free to add; or
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
    phases: bothPhases,
    impact: `${rewrite} The domain {type} has constraints, which are checked on every row, even if all are null.`,
    remediation: `ALTER TABLE {table} ADD COLUMN {column} {base}; -- the type below the domain
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
    phases: bothPhases,
    impact:
      "The script fails as soon as {table} has a row; and each INSERT of a version that does not know {column} fails.",
    remediation: `ALTER TABLE {table} ADD COLUMN {column} {type} NOT NULL DEFAULT …; -- a constant, for every row
or, when the value differs by row:
${inSteps}
then set-not-null as its rule says.`,
    *check(statement, context) {
      for (const { table, name, column, constraints } of addedColumns(statement, context)) {
        const types = constraints.map(({ contype }) => contype);
        const filled = ["CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"] as const;
        const type = typeReference(column.typeName);
        if (!types.includes("CONSTR_NOTNULL") || filled.some((kind) => types.includes(kind))) continue;
        if (!serial.test(type.name)) yield { table, column: name, type: type.name };
      }
    },
  },
  {
    name: "add-column-json",
    statements: ["AlterTableStmt"],
    severity: "warning",
    phases: bothPhases,
    impact: "A SELECT DISTINCT, UNION or GROUP BY over whole rows of {table} fails: json has no equality.",
    remediation: "ALTER TABLE {table} ADD COLUMN {column} jsonb;",
    *check(statement, context) {
      for (const { table, name, column } of addedColumns(statement, context)) {
        if (typeReference(column.typeName).name === "json") yield { table, column: name };
      }
    },
  },
];
