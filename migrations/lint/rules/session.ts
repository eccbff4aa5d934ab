/**
 * Statements that do not belong in a script: session settings, changes of the server, privileges, and code that
 * cannot be analyzed.
 */

import type { Node, RangeVar } from "libpg-query";
import { as, columnName, conjuncts, findAll, strings, tableKey } from "../ast";
import type { Catalog } from "../catalog";
import { ROW_STATEMENTS } from "../executed";
import { BOTH_PHASES, type LintRule, tableName } from "../rule";

const runnerSettings = [
  "lock_timeout",
  "statement_timeout",
  "transaction_timeout",
  "idle_in_transaction_session_timeout",
  "deadlock_timeout",
  "role",
  "session_authorization",
];

const serverStatements = {
  AlterSystemStmt: "ALTER SYSTEM",
  CreatedbStmt: "CREATE DATABASE",
  DropdbStmt: "DROP DATABASE",
  AlterDatabaseStmt: "ALTER DATABASE",
  AlterDatabaseSetStmt: "ALTER DATABASE",
  CreateTableSpaceStmt: "CREATE TABLESPACE",
  DropTableSpaceStmt: "DROP TABLESPACE",
  AlterTableMoveAllStmt: "ALTER … ALL IN TABLESPACE",
  CreateSubscriptionStmt: "CREATE SUBSCRIPTION",
  AlterSubscriptionStmt: "ALTER SUBSCRIPTION",
  DropSubscriptionStmt: "DROP SUBSCRIPTION",
  CheckPointStmt: "CHECKPOINT",
  LoadStmt: "LOAD",
} as const;

const roleStatements = {
  CreateRoleStmt: "CREATE ROLE",
  AlterRoleStmt: "ALTER ROLE",
  AlterRoleSetStmt: "ALTER ROLE",
  DropRoleStmt: "DROP ROLE",
  GrantRoleStmt: "GRANT or REVOKE of a role",
  ReassignOwnedStmt: "REASSIGN OWNED",
  DropOwnedStmt: "DROP OWNED",
  AlterOwnerStmt: "OWNER TO",
} as const;

function isKeyOf<T extends object>(texts: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(texts, key);
}

/** Tables that the statement changes, also inside WITH. */
function changedRelations(node: Node): RangeVar[] {
  const altered = as(node, "AlterTableStmt");
  if (altered) return altered.relation ? [altered.relation] : [];
  const statements = [
    ...findAll(node, "InsertStmt"),
    ...findAll(node, "UpdateStmt"),
    ...findAll(node, "DeleteStmt"),
    ...findAll(node, "MergeStmt"),
    ...findAll(node, "CopyStmt").filter(({ is_from }) => is_from),
  ];
  const truncated = (as(node, "TruncateStmt")?.relations ?? []).flatMap((item) => as(item, "RangeVar") ?? []);
  return [...statements.flatMap(({ relation }) => relation ?? []), ...truncated];
}

function isSystemCatalog({ schemaname, relname = "" }: RangeVar, catalog: Catalog): boolean {
  if (schemaname) return ["pg_catalog", "information_schema"].includes(schemaname);
  return relname.startsWith("pg_") && !catalog.tables.has(tableKey({ relname }));
}

const isSettings = ({ relname }: RangeVar) => relname === "pg_settings";

const textOf = (node: Node | undefined) => as(node, "A_Const")?.sval?.sval;

/** Settings that an UPDATE of pg_settings changes. Undefined stands for any. */
function updatedSettings(node: Node): (string | undefined)[] {
  return findAll(node, "UpdateStmt").flatMap(({ relation, whereClause }) => {
    if (!relation || !isSettings(relation)) return [];
    const names = conjuncts(whereClause).flatMap((condition) => {
      const test = as(condition, "A_Expr");
      const isName = test?.kind === "AEXPR_OP" && strings(test.name).at(-1) === "=";
      return (isName && columnName(test.lexpr) === "name" && textOf(test.rexpr)) || [];
    });
    return names.length > 0 ? names : [undefined];
  });
}

export const sessionRules: readonly LintRule[] = [
  {
    name: "runner-settings",
    statements: ["VariableSetStmt", ...ROW_STATEMENTS],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "With its own {setting} the script can exceed the stall budget or run as another role; the runner then no longer " +
      "protects the clients.",
    remediation: "Delete it: the runner sets the timeouts and escalates them within the stall budget.",
    *check({ node }) {
      const set = as(node, "VariableSetStmt");
      const setting = set?.kind === "VAR_RESET_ALL" ? "RESET ALL" : set?.name;
      if (setting && (set?.kind === "VAR_RESET_ALL" || runnerSettings.includes(setting))) yield { setting };
      const calls = set ? [] : findAll(node, "FuncCall");
      const configured = calls.flatMap(({ funcname, args }) => {
        return strings(funcname).at(-1) === "set_config" ? [textOf(args?.[0])] : [];
      });
      for (const changed of [...configured, ...updatedSettings(node)]) {
        if (changed === undefined || runnerSettings.includes(changed))
          yield { setting: changed ?? "value of a setting that the statement computes" };
      }
    },
  },
  {
    name: "system-catalog",
    statements: [...ROW_STATEMENTS, "TruncateStmt", "CopyStmt", "AlterTableStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "PostgreSQL does not check changes of {table}: sessions can fail or read wrong rows until they reconnect, and " +
      "tables can become unreadable.",
    remediation:
      "Write the statement that makes the change, such as ALTER TABLE, DROP TRIGGER or ALTER TYPE … ADD VALUE.",
    *check({ node }, { catalog }) {
      for (const relation of changedRelations(node)) {
        if (isSystemCatalog(relation, catalog) && !isSettings(relation)) yield { table: tableName(relation) };
      }
    },
  },
  {
    name: "not-in-transaction",
    statements: ["VacuumStmt", "TransactionStmt", "IndexStmt", "DropStmt", "ReindexStmt", "AlterTableStmt"],
    commands: ["AT_DetachPartition"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "The script fails: {statement} cannot run in a transaction, and the runner puts each script in one.",
    remediation: "{way}",
    *check({ node }, { script }) {
      if (!script.transactional) return;
      const vacuum = as(node, "VacuumStmt");
      const full = findAll(vacuum?.options, "DefElem").some(({ defname }) => defname === "full");
      if (vacuum?.is_vacuumcmd && !full) {
        yield {
          statement: "VACUUM",
          way: "Leave it to autovacuum, or run it outside the scripts; ANALYZE may stay.",
        };
      }
      const transaction = as(node, "TransactionStmt");
      if (transaction) {
        yield {
          statement: (transaction.kind ?? "").replace("TRANS_STMT_", ""),
          way: "Change many rows by a backfill, which commits after each batch.",
        };
      }
      const options = findAll(as(node, "ReindexStmt")?.params, "DefElem");
      const concurrent =
        as(node, "IndexStmt")?.concurrent ||
        as(node, "DropStmt")?.concurrent ||
        options.some(({ defname }) => defname === "concurrently") ||
        findAll(as(node, "AlterTableStmt")?.cmds, "PartitionCmd").some((detached) => detached.concurrent);
      const way =
        "Move the statement, outside any block, to a separate script with the header -- transaction: none.";
      if (concurrent) yield { statement: "CONCURRENTLY", way };
    },
  },
  {
    name: "server-wide",
    statements: Object.keys(serverStatements) as (keyof typeof serverStatements)[],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "{statement} changes more than this application's schema, and most such statements cannot be rolled back.",
    remediation: "Change it where the server is defined: in its parameter group or infrastructure code.",
    *check({ node }) {
      for (const tag in node) if (isKeyOf(serverStatements, tag)) yield { statement: serverStatements[tag] };
    },
  },
  {
    name: "privileges",
    statements: [
      ...(Object.keys(roleStatements) as (keyof typeof roleStatements)[]),
      "GrantStmt",
      "AlterDefaultPrivilegesStmt",
      "AlterTableStmt",
    ],
    commands: ["AT_ChangeOwner"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "{statement} removes privileges from the application while it serves, or lets it change the schema.",
    remediation:
      "Leave the application's role to the runner, which grants privileges on all tables before the scripts run.",
    *check({ node }) {
      for (const tag in node) if (isKeyOf(roleStatements, tag)) yield { statement: roleStatements[tag] };
      const grant = as(node, "GrantStmt") ?? as(node, "AlterDefaultPrivilegesStmt")?.action;
      const privileges = (grant?.privileges ?? []).map((item) => as(item, "AccessPriv")?.priv_name ?? "all");
      const wide = ["OBJECT_SCHEMA", "OBJECT_DATABASE"].includes(grant?.objtype ?? "");
      if (grant && !grant.is_grant) yield { statement: "REVOKE" };
      else if (wide && (privileges.length === 0 || privileges.includes("create")))
        yield { statement: "GRANT CREATE" };
      const alter = as(node, "AlterTableStmt");
      const owner = findAll(alter?.cmds, "AlterTableCmd").some(({ subtype }) => subtype === "AT_ChangeOwner");
      if (owner) yield { statement: "OWNER TO" };
    },
  },
  {
    name: "unreadable-code",
    severity: "error",
    phases: BOTH_PHASES,
    impact: "The locks and changes of the statement are unknown before it runs: {reason}.",
    remediation: "Write the statements that it would run, without a block around them.",
    *check({ unreadable, line }) {
      for (const found of unreadable) yield { reason: found.reason, line: line + found.line - 1 };
    },
  },
];
