/** Validating existing rows takes long, so it must not happen under a lock that blocks clients. */

import { blocksClients } from "../../script/lock-mode";
import { quoteName } from "../../script/name";
import { as, keyOf, strings, tableKey } from "../ast";
import type { Catalog } from "../catalog";
import { constrainedColumns, constraintKind, constraintName, isEnforced } from "../catalog-tables";
import {
  type AddedConstraint,
  addedConstraints,
  BOTH_PHASES,
  type LintRule,
  type StatementContext,
  tableCommands,
} from "../rule";

/**
 * True for a new column without a default. All its values are null, so PostgreSQL does not validate the foreign key.
 */
function startsEmpty({ column }: AddedConstraint): boolean {
  return column?.constraints.every(({ contype }) => contype !== "CONSTR_DEFAULT") ?? false;
}

/** Name of the constraint as SQL writes it, or the one that PostgreSQL would choose. */
function named({ constraint, key, column }: AddedConstraint, { catalog }: StatementContext): string {
  const kind = constraintKind(constraint);
  const table = catalog.tables.get(key) ?? catalog.blank(key);
  const columns = constrainedColumns(constraint, catalog, key, column?.name);
  return quoteName(
    kind ? constraintName(catalog, table, constraint, kind, columns) : (constraint.conname ?? ""),
  );
}

/** True if a column may contain nulls. Then ADD PRIMARY KEY USING INDEX scans the table. */
function needsScanForPrimary(added: AddedConstraint, catalog: Catalog): boolean {
  const columns = constrainedColumns(added.constraint, catalog, added.key);
  const table = catalog.tables.get(added.key);
  return columns.length === 0 || columns.some((column) => !catalog.isProvenNotNull(table, column));
}

export const constraintRules: readonly LintRule[] = [
  {
    name: "add-check",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn", "AT_AddConstraint"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Reads and writes of {table} wait while the server checks every row (measured: 1.1 s for ten million rows; 0.2 s " +
      "with NOT VALID).",
    remediation: `ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (…) NOT VALID;
in a later script: ALTER TABLE {table} VALIDATE CONSTRAINT {name};`,
    *check(statement, context) {
      for (const added of addedConstraints(statement, context)) {
        const { contype, skip_validation } = added.constraint;
        if (contype === "CONSTR_CHECK" && !skip_validation && isEnforced(added.constraint)) {
          yield { table: added.table, name: named(added, context) };
        }
      }
    },
  },
  {
    name: "add-foreign-key",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn", "AT_AddConstraint", "AT_AlterConstraint"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Writes to {table} and {other} wait while the server looks up every row (measured: 19.8 s for ten million rows; " +
      "0.25 s with NOT VALID).",
    remediation: `ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (…) REFERENCES {other} NOT VALID;
in a later script: ALTER TABLE {table} VALIDATE CONSTRAINT {name};`,
    *check(statement, context) {
      for (const added of addedConstraints(statement, context)) {
        const { contype, skip_validation, pktable } = added.constraint;
        if (
          contype !== "CONSTR_FOREIGN" ||
          skip_validation ||
          !isEnforced(added.constraint) ||
          startsEmpty(added)
        )
          continue;
        yield { table: added.table, other: tableKey(pktable), name: named(added, context) };
      }
      for (const { table, key, command } of tableCommands(statement, context)) {
        const { alterEnforceability, is_enforced, conname = "" } = as(command.def, "ATAlterConstraint") ?? {};
        const other =
          context.catalog.tables.get(key)?.constraints.get(conname)?.references?.key ?? "the other table";
        if (alterEnforceability && is_enforced) yield { table, other, name: quoteName(conname) };
      }
    },
  },
  {
    name: "add-unique",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn", "AT_AddConstraint"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Reads and writes of {table} wait while the server builds the index (measured: 9.6 s for ten million rows; 0.4 s " +
      "with an existing index).",
    remediation: `in a separate script (-- transaction: none): CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} (…);
in a later script: ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name};`,
    *check(statement, context) {
      for (const added of addedConstraints(statement, context)) {
        const { contype, indexname } = added.constraint;
        if (contype === "CONSTR_UNIQUE" && !indexname)
          yield { table: added.table, name: named(added, context) };
      }
    },
  },
  {
    name: "add-primary-key",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn", "AT_AddConstraint"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Reads and writes of {table} wait while the server {work}.",
    remediation: `first make each column NOT NULL as in the rule set-not-null;
in a separate script (-- transaction: none): CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} (…);
in a later script: ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {name};`,
    *check(statement, context) {
      for (const added of addedConstraints(statement, context)) {
        if (added.constraint.contype !== "CONSTR_PRIMARY") continue;
        const name = named(added, context);
        if (!added.constraint.indexname) {
          yield { table: added.table, name, work: "builds the index" };
        } else if (needsScanForPrimary(added, context.catalog)) {
          yield {
            table: added.table,
            name,
            work: "scans it for nulls, because no constraint rules them out",
          };
        }
      }
    },
  },
  {
    name: "add-exclusion",
    statements: ["AlterTableStmt"],
    commands: ["AT_AddColumn", "AT_AddConstraint"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Reads and writes of {table} wait while the server builds the index; PostgreSQL cannot build an exclusion " +
      "constraint CONCURRENTLY.",
    remediation: `CREATE TABLE {table}_new (…, EXCLUDE …); -- with a trigger on {table} that writes both
-- backfill: {table}
-- key: id
INSERT INTO {table}_new SELECT … FROM {table} WHERE id BETWEEN $1 AND $2 ON CONFLICT DO NOTHING;
The new version uses {table}_new; a contract script drops {table}.`,
    *check(statement, context) {
      for (const { table, constraint } of addedConstraints(statement, context)) {
        if (constraint.contype === "CONSTR_EXCLUSION") yield { table };
      }
    },
  },
  {
    name: "validate-under-lock",
    statements: ["AlterTableStmt"],
    commands: ["AT_ValidateConstraint"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "VALIDATE scans {table} while the script holds its {mode} lock: clients wait for the whole scan.",
    remediation: `in a separate script without -- locks: {table}:
ALTER TABLE {table} VALIDATE CONSTRAINT {name};`,
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        if (command.subtype !== "AT_ValidateConstraint") continue;
        const name = context.catalog.nameAtStart(key) ?? key;
        const locks = [...context.declared.of(name), ...context.taken.of(name), ...statement.locks];
        const strong = locks.find((lock) => lock.table === name && blocksClients(lock.mode));
        if (strong) yield { table, name: quoteName(command.name ?? ""), mode: strong.mode };
      }
    },
  },
  {
    name: "domain-constraint",
    statements: ["AlterDomainStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Writes to all tables that use {domain} wait while the server checks their rows. VALIDATE blocks writes too, and " +
      "NOT VALID applies to new rows of all tables at once.",
    remediation: `for each table that uses it:
ALTER TABLE … ADD CONSTRAINT … CHECK (…) NOT VALID;
in a later script: ALTER TABLE … VALIDATE CONSTRAINT …;`,
    *check({ node }, { catalog }) {
      const alter = as(node, "AlterDomainStmt");
      const domain = keyOf(strings(alter?.typeName));
      const tightens = ["C", "O", "V"].includes(alter?.subtype ?? "");
      if (tightens && !catalog.isNew("type", domain)) yield { domain };
    },
  },
];
