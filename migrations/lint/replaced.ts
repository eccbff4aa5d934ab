/** Compares objects that a script drops and creates again, or replaces. Only their difference counts. */

import type { CreateTrigStmt, Node, ViewStmt } from "libpg-query";
import { parseName, quoteName } from "../script/name";
import { as, keyOf, objectParts, strings, tableKey } from "./ast";
import type { Catalog, Routine } from "./catalog";
import { memberName, memberOf } from "./catalog-apply";
import { implies, treeText } from "./constraint-difference";
import { alteredRoutine, createdRoutine, namedRoutines } from "./routines";
import { type LintStatement, type RuleMatch, type StatementContext, tableCommands } from "./rule";
import { viewColumns } from "./view-columns";
import { alteredOptions, areSameOptions, viewOptions } from "./view-options";

interface Created {
  readonly position: number;
  readonly node: Node;
  readonly text: string;
}

interface ScriptIndex {
  readonly positions: ReadonlyMap<Node, number>;
  readonly created: ReadonlyMap<string, readonly Created[]>;
}

const indexes = new WeakMap<StatementContext["statements"], ScriptIndex>();

function createdName(node: Node): string | undefined {
  const view = as(node, "ViewStmt")?.view;
  if (view) return `view ${tableKey(view)}`;
  const copy = as(node, "CreateTableAsStmt");
  if (copy?.objtype === "OBJECT_MATVIEW") return `view ${tableKey(copy.into?.rel)}`;
  const trigger = as(node, "CreateTrigStmt");
  if (trigger) return `trigger ${tableKey(trigger.relation)} ${trigger.trigname}`;
  const policy = as(node, "CreatePolicyStmt");
  if (policy) return `policy ${memberName(policy.table, policy.policy_name)}`;
  const rule = as(node, "RuleStmt");
  if (rule) return `rule ${memberName(rule.relation, rule.rulename)}`;
  const routine = as(node, "CreateFunctionStmt");
  return routine && `routine ${keyOf(strings(routine.funcname))}`;
}

function scriptIndex(statements: readonly LintStatement[]): ScriptIndex {
  const known = indexes.get(statements);
  if (known) return known;
  const created = new Map<string, Created[]>();
  for (const [position, { node, text }] of statements.entries()) {
    const name = createdName(node);
    if (name !== undefined) created.set(name, [...(created.get(name) ?? []), { position, node, text }]);
  }
  const index = { positions: new Map(statements.map(({ node }, i) => [node, i])), created };
  indexes.set(statements, index);
  return index;
}

function createdLater(name: string, { node }: LintStatement, { statements }: StatementContext): Created[] {
  const { positions, created } = scriptIndex(statements);
  const from = positions.get(node);
  if (from === undefined) return [];
  return (created.get(name) ?? []).filter(({ position }) => position > from);
}

/** `same`: no difference. `replaced`: callers of the old object can use the new one. `narrower`: they cannot. */
export type Difference = "same" | "replaced" | "narrower";

function viewDifference(name: string, node: Node, catalog: Catalog): Difference {
  const view = as(node, "ViewStmt");
  const copy = as(node, "CreateTableAsStmt");
  const known = catalog.tables.get(name);
  const before = known?.query;
  const query = view?.query ?? copy?.query;
  const old = viewColumns(before, known?.aliases, catalog);
  const now = viewColumns(query, view?.aliases ?? copy?.into?.colNames, catalog);
  const isSame =
    known !== undefined &&
    treeText([before, known.aliases]) === treeText([query, view?.aliases ?? copy?.into?.colNames]) &&
    (!view || areSameOptions(known.options, viewOptions(view)));
  if (!old || !now) return isSame && before ? "same" : "narrower";
  if (!old.every((column) => now.some(({ name: other }) => other === column.name))) return "narrower";
  // The rows of a materialized view are computed again, during which its readers wait.
  return !copy && isSame ? "same" : "replaced";
}

function routineDifference(routine: Routine, later: readonly Created[], catalog: Catalog): Difference {
  for (const { node, text } of later) {
    const created = as(node, "CreateFunctionStmt");
    if (!created) continue;
    const now = createdRoutine(catalog, created, text);
    if (now.signature !== routine.signature || now.returns !== routine.returns) continue;
    return treeText(routine.node) === treeText({ CreateFunctionStmt: created }) ? "same" : "replaced";
  }
  return "narrower";
}

function coversColumns(old: CreateTrigStmt, created: CreateTrigStmt): boolean {
  if (!created.columns) return true;
  const names = strings(created.columns);
  return old.columns !== undefined && strings(old.columns).every((name) => names.includes(name));
}

export function triggerDifference(old: CreateTrigStmt | undefined, created: CreateTrigStmt): Difference {
  if (!old) return "replaced";
  if (treeText(old) === treeText(created)) return "same";
  const events = old.events ?? 0;
  const covers =
    ((created.events ?? 0) & events) === events &&
    (old.row ?? false) === (created.row ?? false) &&
    (old.timing ?? 0) === (created.timing ?? 0) &&
    (!created.whenClause || (old.whenClause !== undefined && implies(old.whenClause, created.whenClause))) &&
    coversColumns(old, created);
  return covers ? "replaced" : "narrower";
}

export interface DroppedObject {
  readonly kind: string;
  readonly name: string;
  readonly difference: Difference | undefined;
}

/** Compares an object of a DROP with the one of the same name that the script creates after it. */
export function differenceOf(
  kind: string,
  object: Node,
  statement: LintStatement,
  context: StatementContext,
): Difference | undefined {
  const { catalog } = context;
  const name = keyOf(objectParts(object));
  if (kind === "relation") {
    const [later] = createdLater(`view ${name}`, statement, context);
    return later && viewDifference(name, later.node, catalog);
  }
  if (kind === "trigger") {
    const member = memberOf(object);
    const [later] = createdLater(`trigger ${member.table} ${member.name}`, statement, context);
    const created = later && as(later.node, "CreateTrigStmt");
    const old = catalog.tables.get(member.table)?.triggers.get(member.name)?.node;
    return created && triggerDifference(as(old, "CreateTrigStmt"), created);
  }
  if (kind === "policy" || kind === "rule") {
    const [later] = createdLater(`${kind} ${name}`, statement, context);
    if (!later) return undefined;
    return treeText(catalog.definition(kind, name)) === treeText(later.node) ? "same" : "narrower";
  }
  const named = kind === "routine" ? as(object, "ObjectWithArgs") : undefined;
  if (!named) return undefined;
  const later = createdLater(`routine ${name}`, statement, context);
  if (later.length === 0) return undefined;
  const differences = namedRoutines(catalog, named).map((routine) =>
    routineDifference(routine, later, catalog),
  );
  if (differences.includes("narrower") || differences.length === 0) return "narrower";
  return differences.includes("replaced") ? "replaced" : "same";
}

const KIND_WORDS: Partial<Record<string, string>> = {
  relation: "VIEW",
  trigger: "TRIGGER",
  routine: "FUNCTION",
};

function replacedView(view: ViewStmt, { catalog }: StatementContext): RuleMatch[] {
  const key = tableKey(view.view);
  const known = catalog.tables.get(key);
  if (!view.replace || !known || catalog.isNewTable(key)) return [];
  const isSame =
    known.query && treeText([known.query, known.aliases]) === treeText([view.query, view.aliases]);
  return isSame && areSameOptions(known.options, viewOptions(view))
    ? []
    : [{ name: key, kind: "VIEW", effect: "" }];
}

/** A new overload can make calls of the old function ambiguous, which then fail. */
function replacedRoutine(statement: LintStatement, { catalog, script }: StatementContext): RuleMatch[] {
  const node = as(statement.node, "CreateFunctionStmt");
  if (!node) return [];
  const created = createdRoutine(catalog, node, statement.text);
  const kind = node.is_procedure ? "PROCEDURE" : "FUNCTION";
  return catalog.overloads(created.name).flatMap((older): RuleMatch[] => {
    if (older.addedIn === script || older.language === "aggregate") return [];
    if (older.signature === created.signature) {
      const isSame = treeText(older.node) === treeText(created.node);
      return node.replace && !isSame ? [{ name: older.name, kind, effect: "" }] : [];
    }
    const count = (signature: string) => (signature === "" ? 0 : signature.split(", ").length);
    const overlaps = created.required <= count(older.signature) && older.required <= count(created.signature);
    return overlaps
      ? [{ name: older.name, kind, effect: ", and a call that fits both is ambiguous and fails" }]
      : [];
  });
}

export function replacedInUse(statement: LintStatement, context: StatementContext): RuleMatch[] {
  const { catalog, script } = context;
  const view = as(statement.node, "ViewStmt");
  if (view) return replacedView(view, context);
  const altered = as(statement.node, "AlterFunctionStmt");
  if (altered?.func) {
    const used = namedRoutines(catalog, altered.func).some((routine) => {
      return routine.addedIn !== script && alteredRoutine(routine, altered.actions) !== routine;
    });
    const name = keyOf(strings(altered.func.objname));
    return used || catalog.overloads(name).length === 0 ? [{ name, kind: "FUNCTION", effect: "" }] : [];
  }
  const trigger = as(statement.node, "CreateTrigStmt");
  const table = trigger && catalog.tables.get(tableKey(trigger.relation));
  const older = table?.triggers.get(trigger?.trigname ?? "");
  if (trigger?.replace && older && older.addedIn !== script) {
    const difference = triggerDifference(as(older.node, "CreateTrigStmt"), trigger);
    return difference !== "replaced" ? [] : [{ name: quoteName(older.name), kind: "TRIGGER", effect: "" }];
  }
  const alter = as(statement.node, "AlterTableStmt");
  if (alter?.objtype === "OBJECT_TABLE") return deferredConstraints(statement, context);
  if (alter?.objtype === "OBJECT_VIEW" && !catalog.isNewTable(tableKey(alter.relation))) {
    const known = catalog.tables.get(tableKey(alter.relation));
    const isSame =
      known?.query !== undefined &&
      (alter.cmds ?? []).every((item) => /RelOptions$/.test(as(item, "AlterTableCmd")?.subtype ?? "")) &&
      areSameOptions(known.options, alteredOptions(known.options, alter));
    return isSame ? [] : [{ name: tableKey(alter.relation), kind: "VIEW", effect: "" }];
  }
  return replacedByDrop(statement, context);
}

/** A violation of a deferred constraint is an error of COMMIT, not of the statement. */
function deferredConstraints(statement: LintStatement, context: StatementContext): RuleMatch[] {
  return tableCommands(statement, context).flatMap(({ table, key, command }): RuleMatch[] => {
    const { conname = "", initdeferred } = as(command.def, "ATAlterConstraint") ?? {};
    const known = context.catalog.tables.get(key)?.constraints.get(conname);
    if (!initdeferred || known?.checkedAt === "commit" || known?.addedIn === context.script) return [];
    const name = quoteName(conname);
    return [
      {
        name,
        effect: ": an INSERT or UPDATE that violates it fails only at COMMIT",
        way: `ALTER TABLE ${table} ALTER CONSTRAINT ${name} DEFERRABLE; -- and SET CONSTRAINTS ${name} DEFERRED in the new version`,
      },
    ];
  });
}

function replacedByDrop(statement: LintStatement, context: StatementContext): RuleMatch[] {
  const drop = as(statement.node, "DropStmt");
  const kind = {
    OBJECT_VIEW: "relation",
    OBJECT_MATVIEW: "relation",
    OBJECT_TRIGGER: "trigger",
    OBJECT_FUNCTION: "routine",
    OBJECT_PROCEDURE: "routine",
  }[drop?.removeType as string];
  if (!drop || kind === undefined) return replacedRoutine(statement, context);
  return (drop.objects ?? []).flatMap((object): RuleMatch[] => {
    const name = kind === "trigger" ? quoteName(memberOf(object).name) : keyOf(objectParts(object));
    if (isNewObject(kind, object, context)) return [];
    if (drop.missing_ok && isNothing(kind, object, context.catalog)) return [];
    const difference = differenceOf(kind, object, statement, context);
    return difference === "replaced" ? [{ name, kind: KIND_WORDS[kind] ?? "", effect: "" }] : [];
  });
}

/** True if the script itself creates the object that it drops. */
export function isNewObject(kind: string, object: Node, { catalog, script }: StatementContext): boolean {
  const name = keyOf(objectParts(object));
  if (kind === "relation") return catalog.isNewTable(name);
  if (kind === "trigger") {
    const member = memberOf(object);
    if (catalog.isNewTable(member.table)) return true;
    return catalog.tables.get(member.table)?.triggers.get(member.name)?.addedIn === script;
  }
  if (kind === "routine") {
    const routine = as(object, "ObjectWithArgs");
    const named = routine ? namedRoutines(catalog, routine) : [];
    return named.length > 0 && named.every(({ addedIn }) => addedIn === script);
  }
  if (kind === "policy" || kind === "rule") {
    if (catalog.isNewTable(memberOf(object).table)) return true;
  }
  return catalog.isNew(kind, name);
}

/** True if the script has dropped the same policy or rule before. */
export function isCreatedAgain(kind: "policy" | "rule", name: string, node: Node, catalog: Catalog): boolean {
  const older = catalog.droppedDefinition(kind, name);
  return older !== undefined && treeText(older) === treeText(node);
}

/** True for an object that does not exist, as far as the scripts show, so that IF EXISTS drops nothing. */
export function isNothing(kind: string, object: Node, catalog: Catalog): boolean {
  const name = keyOf(objectParts(object));
  if (kind === "relation") return catalog.isWhole && !catalog.tables.has(name);
  if (kind === "index") return catalog.isWhole && !catalog.indexes.has(name);
  if (kind === "routine") {
    const routine = as(object, "ObjectWithArgs");
    return catalog.isWhole && routine !== undefined && namedRoutines(catalog, routine).length === 0;
  }
  if (kind === "trigger" || kind === "policy" || kind === "rule") {
    const member = memberOf(object);
    const table = catalog.tables.get(member.table);
    if (!table) return catalog.isWhole;
    if (kind === "trigger") return table.isWhole && !table.triggers.has(member.name);
    return table.isWhole && catalog.maker(kind, name) === undefined;
  }
  if (kind === "schema") {
    const known = [...catalog.tables.keys()].some((key) => parseName(key)?.[0] === parseName(name)?.[0]);
    return catalog.isWhole && !known && catalog.maker(kind, name) === undefined;
  }
  return catalog.isWhole && catalog.maker(kind, name) === undefined && !catalog.domains.has(name);
}
