import type { CreateStmt, CreateTrigStmt, DropStmt, Node, RangeVar, RenameStmt } from "libpg-query";
import { parseName, quoteName } from "../script/name";
import { as, findAll, keyOf, objectParts, strings, tableKey, typeReference } from "./ast";
import type { Catalog, RelationKind, Table } from "./catalog";
import { alterTable, setParent } from "./catalog-alter";
import { applyPublication } from "./catalog-publications";
import {
  addColumn,
  addConstraint,
  createIndex,
  renameColumn,
  renameConstraint,
  renameIndex,
  renameTable,
} from "./catalog-tables";
import { addRoutine, alteredRoutine, createdRoutine, define, namedRoutines } from "./routines";
import { qualifyNames } from "./search-path";
import { alteredOptions, viewOptions } from "./view-options";

/** True if no older object of this name can be replaced or kept. */
function isCertainlyNew(catalog: Catalog, key: string, ifNotExists: boolean | undefined): boolean {
  const known = catalog.tables.get(key);
  return !ifNotExists || (known === undefined && catalog.removed.has(key));
}

function partitionKey({ partspec }: CreateStmt): string[] {
  const elements = (partspec?.partParams ?? []).flatMap((item) => as(item, "PartitionElem") ?? []);
  return elements.some(({ name }) => name === undefined) ? [] : elements.flatMap(({ name }) => name ?? []);
}

function createTable(catalog: Catalog, node: CreateStmt): void {
  const key = tableKey(node.relation);
  const isTemporary = node.relation?.relpersistence === "t";
  if (node.if_not_exists && !isTemporary && catalog.tables.get(key)?.createdIn) return;
  const isNew = isTemporary || isCertainlyNew(catalog, key, node.if_not_exists);
  const older = isNew ? undefined : catalog.tables.get(key);
  if (older) return;
  const table = catalog.addTable(key, "table", {
    createdIn: isNew ? catalog.current : undefined,
    declaredIn: catalog.current,
    isTemporary,
    isWhole: true,
    partitioned: node.partspec !== undefined,
    partitionKey: partitionKey(node),
  });
  if (isTemporary) catalog.tables.set(`pg_temp.${key}`, table);
  for (const parent of (node.inhRelations ?? []).flatMap((item) => as(item, "RangeVar") ?? [])) {
    const known = catalog.table(tableKey(parent));
    setParent(table, known, true);
    if (!known.isWhole) table.isWhole = false;
    for (const [name, column] of known.columns)
      table.columns.set(name, { ...column, addedIn: catalog.current });
    if (node.partbound?.is_default) known.defaultPartition = table;
    inheritIndexes(catalog, table, known);
  }
  for (const element of node.tableElts ?? []) {
    const column = as(element, "ColumnDef");
    const constraint = as(element, "Constraint");
    const like = as(element, "TableLikeClause");
    if (column) addColumn(catalog, table, column);
    if (constraint) addConstraint(catalog, table, constraint);
    const source = like && catalog.tables.get(tableKey(like.relation));
    if (like && !source?.isWhole) table.isWhole = false;
    for (const [name, copied] of source?.columns ?? [])
      table.columns.set(name, { ...copied, addedIn: catalog.current });
    if (source) inheritIndexes(catalog, table, source);
  }
  // The running version may use an older table of this name.
  if (!isNew) for (const column of table.columns.values()) column.addedIn = undefined;
}

/** A partition has an index for each index of its parent; LIKE can copy indexes too. Their names are not known. */
function inheritIndexes(catalog: Catalog, table: Table, source: Table): void {
  for (const index of source.indexes) {
    table.indexes.add({ ...index, key: "", table, addedIn: catalog.current });
  }
  for (const [name, constraint] of source.constraints) {
    if (constraint.kind !== "foreign") table.constraints.set(name, { ...constraint });
  }
}

export const OBJECT_KINDS: Partial<Record<string, string>> = {
  OBJECT_TABLE: "relation",
  OBJECT_VIEW: "relation",
  OBJECT_MATVIEW: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_FOREIGN_TABLE: "relation",
  OBJECT_INDEX: "index",
  OBJECT_FUNCTION: "routine",
  OBJECT_PROCEDURE: "routine",
  OBJECT_ROUTINE: "routine",
  OBJECT_AGGREGATE: "routine",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "type",
  OBJECT_TRIGGER: "trigger",
  OBJECT_SCHEMA: "schema",
  OBJECT_POLICY: "policy",
  OBJECT_RULE: "rule",
  OBJECT_EXTENSION: "extension",
};

/** Name of a trigger, policy or rule, with its table. */
export function memberName(table: RangeVar | undefined, name: string | undefined): string {
  return keyOf([...(parseName(tableKey(table)) ?? []), name ?? ""]);
}

/** Table and name of a trigger, policy or rule in a DROP. */
export function memberOf(object: Node | undefined): { readonly table: string; readonly name: string } {
  const parts = objectParts(object);
  return { table: keyOf(parts.slice(0, -1)), name: parts.at(-1) ?? "" };
}

function removeTable(catalog: Catalog, key: string): void {
  const table = catalog.tables.get(key);
  catalog.removed.add(key);
  if (!table) return;
  catalog.tables.delete(key);
  catalog.trusted.delete(table);
  for (const parent of table.parents) setParent(table, parent, false);
  for (const child of table.children) child.parents.delete(table);
  for (const index of [...table.indexes]) catalog.removeIndex(index);
}

function drop(catalog: Catalog, node: DropStmt): void {
  const kind = OBJECT_KINDS[node.removeType ?? ""];
  for (const object of node.objects ?? []) {
    const name = keyOf(objectParts(object));
    if (kind) catalog.forget(kind, name);
    if (kind === "relation") removeTable(catalog, name);
    if (kind === "schema") {
      for (const key of [...catalog.tables.keys()]) if (key.startsWith(`${name}.`)) removeTable(catalog, key);
    }
    const index = kind === "index" ? catalog.indexes.get(name) : undefined;
    if (index) catalog.removeIndex(index);
    if (kind === "type") catalog.domains.delete(name);
    const routine = as(object, "ObjectWithArgs");
    for (const { name: found, signature } of routine ? namedRoutines(catalog, routine) : []) {
      if (kind === "routine") catalog.routines.get(found)?.delete(signature);
    }
    if (kind === "trigger" || kind === "rule") {
      const member = memberOf(object);
      const table = catalog.tables.get(member.table);
      table?.[kind === "trigger" ? "triggers" : "rules"].delete(member.name);
    }
  }
}

const CATALOG_RENAMES = ["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE"];

function rename(catalog: Catalog, node: RenameStmt): void {
  const key = tableKey(node.relation);
  const { newname = "", subname = "", renameType = "" } = node;
  const index = catalog.indexes.get(key);
  if (index && (renameType === "OBJECT_INDEX" || renameType === "OBJECT_TABLE")) {
    renameIndex(catalog, index, newname);
    return;
  }
  if (renameType === "OBJECT_FUNCTION" || renameType === "OBJECT_PROCEDURE") {
    const object = as(node.object, "ObjectWithArgs");
    for (const routine of object ? namedRoutines(catalog, object) : []) {
      const name = keyOf([...strings(object?.objname).slice(0, -1), newname]);
      catalog.routines.get(routine.name)?.delete(routine.signature);
      addRoutine(catalog, { ...routine, name });
    }
    return;
  }
  const isMissing = node.missing_ok && !catalog.tables.has(key);
  if (isMissing || !node.relation || renameType === "OBJECT_INDEX") return;
  const table = catalog.table(key);
  if (CATALOG_RENAMES.includes(renameType)) {
    const parts = parseName(key) ?? [];
    renameTable(catalog, table, [...parts.slice(0, -1), newname]);
  } else if (renameType === "OBJECT_COLUMN") {
    for (const target of node.relation.inh ? [table, ...table.children] : [table])
      renameColumn(target, subname, newname);
  } else if (renameType === "OBJECT_TABCONSTRAINT") {
    renameConstraint(catalog, table, subname, newname);
  } else if (renameType === "OBJECT_TRIGGER") {
    const trigger = table.triggers.get(subname);
    table.triggers.delete(subname);
    if (trigger) table.triggers.set(newname, trigger);
  }
}

function createRelation(
  catalog: Catalog,
  key: string,
  kind: RelationKind,
  {
    ifNotExists,
    query,
    aliases,
    options = new Map(),
    isTemporary = false,
  }: {
    readonly ifNotExists?: boolean;
    readonly query?: Node;
    readonly aliases?: readonly Node[];
    readonly options?: ReadonlyMap<string, string>;
    readonly isTemporary?: boolean;
  },
): void {
  const known = catalog.tables.get(key);
  if (known && !isTemporary) {
    if (query && known.kind === kind && !ifNotExists) Object.assign(known, { query, aliases, options });
    return;
  }
  const isNew = isTemporary || isCertainlyNew(catalog, key, ifNotExists);
  catalog.addTable(key, kind, {
    createdIn: isNew ? catalog.current : undefined,
    declaredIn: catalog.current,
    isTemporary,
    query,
    aliases,
    options,
  });
  if (isTemporary) catalog.tables.set(`pg_temp.${key}`, catalog.table(key));
  if (isNew) catalog.make("relation", key);
}

function createTrigger(catalog: Catalog, node: CreateTrigStmt): void {
  const name = node.trigname ?? "";
  catalog.table(tableKey(node.relation)).triggers.set(name, {
    name,
    addedIn: catalog.current,
    routine: keyOf(strings(node.funcname)),
    timing: node.timing ?? 0,
    events: node.events ?? 0,
    row: node.row === true,
    node: { CreateTrigStmt: node },
  });
  catalog.make("trigger", memberName(node.relation, name));
}

const SYSTEM_SCHEMAS = ["pg_catalog", "information_schema", "pg_toast", "pg_temp"];

/** Records tables that a statement uses although no script creates them, so that they must exist. */
function noteUsedTables(catalog: Catalog, node: Node): void {
  const [tag = ""] = Object.keys(node);
  if (
    /^(?:Create|Drop|Alter|Rename|View|Index|Comment|Define|Rule|VariableSet)/.test(tag) &&
    tag !== "CreateTableAsStmt"
  ) {
    // Names in these statements do not show that a table exists, or are recorded elsewhere. The query of a view does
    // show it.
    if (tag !== "ViewStmt") return;
  }
  const own = new Set(findAll(node, "CommonTableExpr").map(({ ctename }) => ctename));
  const created = as(node, "CreateTableAsStmt")?.into?.rel ?? as(node, "ViewStmt")?.view;
  for (const relation of findAll(node, "RangeVar")) {
    if (relation === created || (!relation.schemaname && own.has(relation.relname))) continue;
    if (SYSTEM_SCHEMAS.includes(relation.schemaname ?? "") || /^pg_/.test(relation.relname ?? "")) continue;
    catalog.table(tableKey(relation));
  }
}

function createType(catalog: Catalog, node: Node): void {
  const domain = as(node, "CreateDomainStmt");
  if (domain) {
    const name = keyOf(strings(domain.domainname));
    const constrained = (domain.constraints ?? []).some((item) => {
      return ["CONSTR_CHECK", "CONSTR_NOTNULL"].includes(as(item, "Constraint")?.contype ?? "");
    });
    const checks = findAll(domain.constraints, "Constraint").flatMap(({ contype, raw_expr }) =>
      contype === "CONSTR_CHECK" ? (raw_expr ?? []) : [],
    );
    const value = findAll(domain.constraints, "Constraint").find(
      ({ contype }) => contype === "CONSTR_DEFAULT",
    );
    const base = typeReference(domain.typeName);
    catalog.domains.set(name, { base, constrained, checks, default: value?.raw_expr });
    catalog.make("type", name);
  }
  const altered = as(node, "AlterDomainStmt");
  const known = catalog.domains.get(keyOf(strings(altered?.typeName)));
  if (known && ["C", "O"].includes(altered?.subtype ?? "")) {
    known.constrained = true;
    known.checks.push(...[as(altered?.def, "Constraint")?.raw_expr ?? []].flat());
  }
  if (known && altered?.subtype === "T") known.default = altered.def;
  const type = strings(as(node, "CreateEnumStmt")?.typeName ?? as(node, "CreateRangeStmt")?.typeName);
  if (type.length > 0) catalog.make("type", keyOf(type), node);
  const composite = as(node, "CompositeTypeStmt")?.typevar;
  if (composite) catalog.make("type", tableKey(composite));
  const value = as(node, "AlterEnumStmt");
  if (value?.newVal && !value.oldVal && !catalog.isNew("type", keyOf(strings(value.typeName)))) {
    catalog.freshEnumValues.set(value.newVal, keyOf(strings(value.typeName)));
  }
}

const FILLING_TAGS = [
  "InsertStmt",
  "SelectStmt",
  "MergeStmt",
  "CopyStmt",
  "CreateTableAsStmt",
  "UpdateStmt",
  "DeleteStmt",
];

/** Records which of the tables that the script creates may get rows by the statement. */
export function noteFilledTables(catalog: Catalog, node: Node): void {
  if (!FILLING_TAGS.some((tag) => tag in node)) return;
  const into = as(node, "CreateTableAsStmt")?.into ?? as(node, "SelectStmt")?.intoClause;
  const copied = as(node, "CopyStmt");
  const written = [
    ...findAll(node, "InsertStmt").map(({ relation }) => relation),
    ...findAll(node, "MergeStmt").map(({ relation }) => relation),
    ...(copied?.is_from ? [copied.relation] : []),
    ...(into && !into.skipData ? [into.rel] : []),
  ];
  for (const relation of written) catalog.fill(tableKey(relation));
}

export function applyStatement(catalog: Catalog, node: Node, text: string): void {
  noteUsedTables(catalog, node);
  createType(catalog, node);
  const alter = as(node, "AlterTableStmt");
  const index = as(node, "IndexStmt");
  const copy = as(node, "CreateTableAsStmt");
  const into = as(node, "SelectStmt")?.intoClause ?? copy?.into;
  const view = as(node, "ViewStmt");
  const trigger = as(node, "CreateTrigStmt");
  const setting = as(node, "VariableSetStmt");
  const table = as(node, "CreateStmt");
  if (table) createTable(catalog, table);
  if (alter?.objtype === "OBJECT_TABLE") alterTable(catalog, alter);
  const changedView = alter?.objtype === "OBJECT_VIEW" && catalog.tables.get(tableKey(alter.relation));
  if (alter && changedView) changedView.options = alteredOptions(changedView.options, alter);
  if (index) createIndex(catalog, index, false);
  if (into?.rel) {
    createRelation(
      catalog,
      tableKey(into.rel),
      copy?.objtype === "OBJECT_MATVIEW" ? "materialized view" : "table",
      {
        ifNotExists: copy?.if_not_exists,
        query: copy?.query,
        aliases: into.colNames,
        isTemporary: into.rel.relpersistence === "t",
      },
    );
  }
  if (view?.view) {
    createRelation(catalog, tableKey(view.view), "view", {
      query: view.query,
      aliases: view.aliases,
      options: viewOptions(view),
      isTemporary: view.view.relpersistence === "t",
    });
  }
  const sequence = as(node, "CreateSeqStmt");
  if (sequence?.sequence) {
    createRelation(catalog, tableKey(sequence.sequence), "sequence", { ifNotExists: sequence.if_not_exists });
  }
  if (trigger) createTrigger(catalog, trigger);
  if (setting?.name === "timezone") {
    catalog.utc =
      setting.kind === "VAR_SET_VALUE" && /^utc$/i.test(as(setting.args?.[0], "A_Const")?.sval?.sval ?? "");
  }
  const schema = as(node, "CreateSchemaStmt");
  if (schema?.schemaname && !schema.if_not_exists) catalog.make("schema", quoteName(schema.schemaname));
  for (const element of schema?.schemaElts ?? []) {
    qualifyNames(element, [schema?.schemaname ?? ""], catalog);
    applyStatement(catalog, element, text);
  }
  const policy = as(node, "CreatePolicyStmt");
  if (policy) catalog.make("policy", memberName(policy.table, policy.policy_name), node);
  const rule = as(node, "RuleStmt");
  if (rule) {
    catalog.make("rule", memberName(rule.relation, rule.rulename), node);
    const { rulename = "", event = "", actions = [] } = rule;
    catalog.table(tableKey(rule.relation)).rules.set(rulename, { event, actions });
  }
  const cast = as(node, "CreateCastStmt");
  if (cast?.func) {
    const target = typeReference(cast.targettype).name;
    catalog.casts.set(target, [...(catalog.casts.get(target) ?? []), keyOf(strings(cast.func.objname))]);
  }
  const extension = as(node, "CreateExtensionStmt");
  if (extension?.extname && !extension.if_not_exists) catalog.make("extension", quoteName(extension.extname));
  const routine = as(node, "CreateFunctionStmt");
  if (routine) {
    const created = createdRoutine(catalog, routine, text);
    if (catalog.overloads(created.name).length === 0) catalog.make("routine", created.name);
    addRoutine(catalog, created);
  }
  applyPublication(catalog, node);
  const changedRoutine = as(node, "AlterFunctionStmt");
  for (const known of changedRoutine?.func ? namedRoutines(catalog, changedRoutine.func) : []) {
    addRoutine(catalog, alteredRoutine(known, changedRoutine?.actions));
  }
  const definition = as(node, "DefineStmt");
  if (definition) define(catalog, definition);
  const dropped = as(node, "DropStmt");
  if (dropped) drop(catalog, dropped);
  const renamed = as(node, "RenameStmt");
  if (renamed) rename(catalog, renamed);
  const moved = as(node, "AlterObjectSchemaStmt");
  if (moved?.relation && catalog.tables.has(tableKey(moved.relation))) {
    const found = catalog.table(tableKey(moved.relation));
    renameTable(catalog, found, [moved.newschema ?? "", moved.relation.relname ?? ""]);
  }
}
