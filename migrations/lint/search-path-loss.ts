/** Names in the code of a function that its own search path no longer finds. */

import type { Node } from "libpg-query";
import { quoteName } from "../script/name";
import { as, findAll, keyOf, strings } from "./ast";
import type { Catalog, Routine } from "./catalog";
import { readRoutine } from "./code";

const settings = (actions: readonly Node[] | undefined) =>
  (actions ?? []).flatMap((item) => {
    const action = as(item, "DefElem");
    return (action?.defname === "set" && as(action.arg, "VariableSetStmt")) || [];
  });

/** The schemas of the search path that the options set. Undefined if they leave it as it is. */
export function searchPathOf(actions: readonly Node[] | undefined): readonly string[] | undefined {
  const set = settings(actions).find(({ name, kind }) => name === "search_path" && kind === "VAR_SET_VALUE");
  return set?.args?.map((item) => as(item, "A_Const")?.sval?.sval ?? "");
}

/** Schemas in which names of the scripts without a schema are. */
const CALLERS_SCHEMAS = ["public", "$user"];

const BUILTIN_SCHEMAS = ["", "pg_catalog", "pg_temp"];

/** The first name that the scripts create in the callers' schemas, and that no schema of the path has. */
export function lostName(routine: Routine, path: readonly string[], catalog: Catalog): string | undefined {
  if (path.some((schema) => CALLERS_SCHEMAS.includes(schema))) return undefined;
  const nodes = readRoutine(routine).statements.map(({ node }) => node);
  const own = new Set(findAll(nodes, "CommonTableExpr").map(({ ctename }) => ctename ?? ""));
  const inPath = (isThere: (key: string) => boolean, name: string) =>
    path.some((schema) => !BUILTIN_SCHEMAS.includes(schema) && isThere(keyOf([schema, name])));
  const isLost = (isThere: (key: string) => boolean, name: string) =>
    isThere(quoteName(name)) && !inPath(isThere, name);
  const single = (names: readonly Node[] | undefined) => {
    const parts = strings(names);
    return parts.length === 1 ? parts : [];
  };
  const targets = [
    ...findAll(nodes, "InsertStmt"),
    ...findAll(nodes, "UpdateStmt"),
    ...findAll(nodes, "DeleteStmt"),
    ...findAll(nodes, "MergeStmt"),
  ].flatMap(({ relation }) => relation ?? []);
  const relations = [...findAll(nodes, "RangeVar"), ...targets].flatMap(({ schemaname, relname = "" }) => {
    return schemaname || own.has(relname) ? [] : relname;
  });
  const calls = findAll(nodes, "FuncCall").flatMap(({ funcname }) => single(funcname));
  const types = findAll(nodes, "TypeCast").flatMap(({ typeName }) => single(typeName?.names));
  return (
    relations.find((name) => isLost((key) => catalog.tables.get(key)?.isTemporary === false, name)) ??
    calls.find((name) => isLost((key) => catalog.overloads(key).length > 0, name)) ??
    types.find((name) => isLost((key) => catalog.maker("type", key) !== undefined, name))
  );
}
