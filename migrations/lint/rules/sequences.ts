/** The running version takes keys from sequences. A sequence that is set back returns keys of existing rows. */

import type { Node } from "libpg-query";
import { formatName, parseName, quoteName } from "../../script/name";
import { as, findAll, keyOf, strings, tableKey } from "../ast";
import type { Catalog } from "../catalog";
import { mayRunCode } from "../code";
import { BOTH_PHASES, type LintRule, type StatementContext, tableCommands } from "../rule";

/** Options of ALTER SEQUENCE that do not change the next values. */
const HARMLESS_OPTIONS = ["cache", "owned_by", "generated", "sequence_name", "logged", "start"];

function changedOptions(options: readonly Node[] | undefined): string[] {
  return (options ?? []).flatMap((item) => {
    const found = as(item, "DefElem");
    if (!found?.defname || HARMLESS_OPTIONS.includes(found.defname)) return [];
    const isOff = found.arg === undefined || as(found.arg, "Boolean")?.boolval === false;
    if (["minvalue", "maxvalue", "cycle"].includes(found.defname) && isOff) return []; // NO MAXVALUE and so on
    if (found.defname === "as" && strings(as(found.arg, "TypeName")?.names).at(-1) === "int8") return [];
    return [found.defname.toUpperCase()];
  });
}

/** Sequence that a call of nextval or setval names. Undefined if it is computed. */
function namedSequence(argument: Node | undefined): string | undefined {
  const cast = as(argument, "TypeCast");
  if (cast) return namedSequence(cast.arg);
  const text = as(argument, "A_Const")?.sval?.sval;
  const parts = text === undefined ? undefined : parseName(text);
  return parts && keyOf(parts);
}

const isNewSequence = (name: string | undefined, catalog: Catalog) =>
  name !== undefined && catalog.isNewTable(name);

function* setValues(node: Node, { catalog }: StatementContext) {
  if (
    !mayRunCode(node, catalog) ||
    as(node, "CreateFunctionStmt") ||
    as(node, "ViewStmt") ||
    as(node, "DoStmt")
  )
    return;
  for (const { funcname, args } of findAll(node, "FuncCall")) {
    if (strings(funcname).at(-1) !== "setval") continue;
    const name = namedSequence(args?.[0]);
    if (!isNewSequence(name, catalog)) yield { sequence: name ?? "the sequence", operation: "setval()" };
  }
}

/** A column of the running version gets a sequence that the script creates, which begins at 1. */
function* newDefaults(node: Node | undefined, known: boolean, column: string, catalog: Catalog) {
  for (const { funcname, args } of known ? findAll(node, "FuncCall") : []) {
    const name = strings(funcname).at(-1) === "nextval" ? namedSequence(args?.[0]) : undefined;
    if (isNewSequence(name, catalog))
      yield { sequence: name ?? "", operation: `the new default of ${column}` };
  }
}

export const sequenceRules: readonly LintRule[] = [
  {
    name: "reset-sequence",
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "{operation} changes the next values of {sequence}, from which serving versions take keys: an INSERT can get a key " +
      "that another row has, and fails.",
    remediation: `Leave the sequence as it is. For another range of keys, a sequence of its own for the new version:
CREATE SEQUENCE … START WITH …;`,
    *check(statement, context) {
      const { catalog } = context;
      yield* setValues(statement.node, context);
      const altered = as(statement.node, "AlterSeqStmt");
      const name = tableKey(altered?.sequence);
      const isNothing = altered?.missing_ok && catalog.isWhole && !catalog.tables.has(name);
      if (altered && !catalog.isNewTable(name) && !isNothing) {
        for (const option of changedOptions(altered.options)) yield { sequence: name, operation: option };
      }
      for (const { table, key, command } of tableCommands(statement, context)) {
        const column = formatName([command.name ?? ""]);
        const known = catalog.tables.get(key)?.columns.get(command.name ?? "");
        const isUsed = !catalog.isUnknownToRunning(known?.addedIn);
        if (command.subtype === "AT_SetIdentity") {
          for (const option of changedOptions(as(command.def, "List")?.items)) {
            yield {
              sequence: `the identity column ${table}.${quoteName(command.name ?? "")}`,
              operation: option,
            };
          }
        }
        if (command.subtype === "AT_ColumnDefault") yield* newDefaults(command.def, isUsed, column, catalog);
      }
    },
  },
];
