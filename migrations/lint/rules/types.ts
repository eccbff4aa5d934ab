import { as, findAll, tableKey } from "../ast";
import { BOTH_PHASES, type LintRule } from "../rule";

export const typeRules: readonly LintRule[] = [
  {
    name: "enum-value-used-at-once",
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      'The script fails with "unsafe use of new value": {value} cannot be used before the end of its transaction.',
    remediation: `ALTER TYPE {type} ADD VALUE IF NOT EXISTS '{value}'; -- in a separate script
in a later script: the statements that use '{value}'`,
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
    impact: "The running version reads and writes {type} with the old attributes, which no longer match.",
    remediation: `CREATE TYPE {type}_v2 AS (…);
and a column of that type beside the old one, as in the rule change-column-type.`,
    *check({ node }, { catalog }) {
      const alter = as(node, "AlterTableStmt");
      const type = tableKey(alter?.relation);
      if (alter?.objtype === "OBJECT_TYPE" && !catalog.isNew("type", type)) yield { type };
    },
  },
];
