/** A script that sets search_path names tables without their schema. The catalog and the advice need it. */

import type { Node, RangeVar } from "libpg-query";
import { as, findAll, keyOf, strings, tableKey } from "./ast";
import type { Catalog } from "./catalog";

/** Schemas in which the following statements look for names. Undefined for the default: `public`. */
export type SearchPath = readonly string[] | undefined;

const texts = (nodes: readonly Node[] | undefined) =>
  (nodes ?? []).map((node) => as(node, "A_Const")?.sval?.sval ?? "");

/** The path after the statement. */
function searchPathAfter(node: Node, path: SearchPath): SearchPath {
  const set = as(node, "VariableSetStmt");
  if (set?.name === "search_path" || set?.kind === "VAR_RESET_ALL") {
    return set.kind === "VAR_SET_VALUE" ? texts(set.args) : undefined;
  }
  for (const { funcname, args } of as(node, "SelectStmt") ? findAll(node, "FuncCall") : []) {
    const [name, value] = texts(args);
    if (strings(funcname).at(-1) !== "set_config" || name !== "search_path") continue;
    return (value ?? "").split(",").map((part) => part.trim().replace(/^"(.*)"$/, "$1"));
  }
  return path;
}

/** Relations that the statement creates. They are in the first schema of the path. */
function created(node: Node): readonly (RangeVar | undefined)[] {
  return [
    as(node, "CreateStmt")?.relation,
    as(node, "ViewStmt")?.view,
    as(node, "CreateTableAsStmt")?.into?.rel,
    as(node, "CreateSeqStmt")?.sequence,
  ];
}

interface NamesInTree {
  readonly relations: RangeVar[];
  /** Names of WITH queries, which are no relations. */
  readonly queries: Set<string>;
}

/** A RangeVar is often a field of a statement and not a tagged node, so it is recognized by its name. */
function namesIn(tree: unknown, found: NamesInTree = { relations: [], queries: new Set() }): NamesInTree {
  if (Array.isArray(tree)) for (const item of tree) namesIn(item, found);
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) return found;
  if ("relname" in tree) found.relations.push(tree as RangeVar);
  if ("ctename" in tree) found.queries.add(String(tree.ctename));
  for (const value of Object.values(tree)) namesIn(value, found);
  return found;
}

/**
 * Adds the schema of the path to names without one. Changes the node, so nothing else may have read it before.
 *
 * @param made relations that the script has created so far, to which those of the statement are added
 */
export function qualifyNames(
  node: Node,
  path: SearchPath,
  catalog: Catalog,
  made: Set<string> = new Set(),
): void {
  const schemas = (path ?? []).filter((schema) => schema !== "" && schema !== "$user");
  const makes = created(node);
  const [first] = schemas;
  if (first === undefined) {
    for (const relation of makes) if (relation) made.add(tableKey(relation));
    return;
  }
  const isKnown = (key: string) => catalog.tables.has(key) || catalog.indexes.has(key) || made.has(key);
  const schemaOf = (name: string) => schemas.find((schema) => isKnown(keyOf([schema, name]))) ?? first;
  const { relations, queries } = namesIn(node);
  for (const relation of relations) {
    const { relname = "", schemaname, relpersistence } = relation;
    const isOther = queries.has(relname) || relname.startsWith("pg_") || relpersistence === "t";
    if (schemaname || isOther || catalog.tables.has(`pg_temp.${keyOf([relname])}`)) continue;
    relation.schemaname = makes.includes(relation) ? first : schemaOf(relname);
  }
  for (const relation of makes) if (relation) made.add(tableKey(relation));
  const drop = as(node, "DropStmt");
  const isRelation = /_(?:TABLE|VIEW|MATVIEW|INDEX|SEQUENCE)$/.test(drop?.removeType ?? "");
  for (const object of isRelation ? (drop?.objects ?? []) : []) {
    const items = as(object, "List")?.items;
    const [name] = strings(items);
    if (items?.length === 1 && name !== undefined) items.unshift({ String: { sval: schemaOf(name) } });
  }
}

/** Qualifies the names in a script's statements. @returns the path of each statement, for the code that it runs */
export function qualifyScript(nodes: readonly Node[], catalog: Catalog): readonly SearchPath[] {
  const made = new Set<string>();
  let path: SearchPath;
  return nodes.map((node) => {
    qualifyNames(node, path, catalog, made);
    path = searchPathAfter(node, path);
    return path;
  });
}
