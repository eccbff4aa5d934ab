/** Types that tables share. */

import { as, findAll, tableKey } from "../ast";
import { bothPhases, type LintRule } from "../rule";

export const typeRules: readonly LintRule[] = [
  {
    name: "enum-value-used-at-once",
    severity: "error",
    phases: bothPhases,
    impact:
      'The script fails: PostgreSQL refuses the "unsafe use of new value" {value} before its transaction has ended.',
    remediation: `ALTER TYPE {type} ADD VALUE IF NOT EXISTS '{value}'; -- in a script of its own
in a later script: what uses '{value}'`,
    *check({ node, part }, { catalog }) {
      if (catalog.freshEnumValues.size === 0 || part === "backfill") return;
      if (as(node, "AlterEnumStmt") || as(node, "CreateFunctionStmt")) return;
      const literals = new Set(findAll(node, "A_Const").flatMap(({ sval }) => sval?.sval ?? []));
      for (const [value, type] of catalog.freshEnumValues) if (literals.has(value)) yield { value, type };
    },
  },
  {
    name: "alter-composite-type",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: ["expand"],
    impact:
      "The running version writes and reads values of {type} with the attributes that it knows: they no longer fit.",
    remediation: `CREATE TYPE {type}_v2 AS (…);
and a column of that type beside the old one, as for change-column-type.`,
    *check({ node }, { catalog }) {
      const alter = as(node, "AlterTableStmt");
      const type = tableKey(alter?.relation);
      if (alter?.objtype === "OBJECT_TYPE" && !catalog.isNew("type", type)) yield { type };
    },
  },
];
