import type { Node, RangeVar, TypeName } from "libpg-query";
import { formatName, quoteName } from "../script/name";

type KeyOf<U> = U extends unknown ? keyof U : never;
export type Tag = KeyOf<Node>;
export type Payload<T extends Tag> = Extract<Node, Record<T, unknown>>[T];

export function as<T extends Tag>(node: Node | undefined, tag: T): Payload<T> | undefined {
  return (node as unknown as Partial<Record<T, Payload<T>>> | undefined)?.[tag];
}

type TagIndex = Map<string, unknown[]>;

function collect(tree: object, index: TagIndex): void {
  if (Array.isArray(tree)) {
    for (const item of tree) if (typeof item === "object" && item !== null) collect(item, index);
    return;
  }
  for (const key in tree) {
    const value = (tree as Record<string, unknown>)[key];
    if (typeof value !== "object" || value === null) continue;
    const first = key.charCodeAt(0);
    if (first >= 65 && first <= 90) {
      const found = index.get(key);
      if (found) found.push(value);
      else index.set(key, [value]);
    }
    collect(value, index);
  }
}

/** On the tree itself, because a WeakMap of many trees makes the garbage collector slow. */
const INDEX = Symbol("nodes by tag");
type Indexed = { [INDEX]?: TagIndex };

const NO_NODES: readonly never[] = [];

/** All nodes of a kind in the tree, in their order. The tree is walked once, and must not change. */
export function findAll<T extends Tag>(tree: unknown, tag: T): readonly Payload<T>[] {
  if (typeof tree !== "object" || tree === null) return [];
  let index = (tree as Indexed)[INDEX];
  if (!index) {
    index = new Map();
    collect(tree, index);
    (tree as Indexed)[INDEX] = index;
  }
  return (index.get(tag) ?? NO_NODES) as readonly Payload<T>[];
}

export function strings(nodes: readonly Node[] | undefined): string[] {
  if (!nodes) return [];
  const found: string[] = [];
  for (const node of nodes) {
    const text = as(node, "String")?.sval;
    if (text !== undefined) found.push(text);
  }
  return found;
}

/**
 * Identity of an object, in the form in which SQL names it: with quotes where they are needed, and without the schemas
 * `public` and `pg_catalog`, which are always in the search path. Names of `pg_catalog` are not quoted.
 */
export function keyOf(parts: readonly string[]): string {
  const [schema, ...rest] = parts;
  if (schema === "pg_catalog" && rest.length > 0) return rest.join(".");
  return formatName(schema === "public" && rest.length > 0 ? rest : parts);
}

export function tableKey(relation: RangeVar | undefined): string {
  if (relation?.relname !== undefined && !relation.schemaname) return quoteName(relation.relname);
  return keyOf([relation?.schemaname, relation?.relname].filter((part) => part !== undefined));
}

/**
 * Name of the object in a DROP, ALTER or COMMENT statement. Each of these statements stores it in a different form.
 */
export function objectParts(node: Node | undefined): string[] {
  return strings(
    as(node, "List")?.items ??
      as(node, "TypeName")?.names ??
      as(node, "ObjectWithArgs")?.objname ??
      (node && [node]),
  );
}

export interface TypeReference {
  /** PostgreSQL's internal name, such as `int8` for bigint. */
  readonly name: string;
  readonly modifiers: readonly number[];
  readonly array: boolean;
}

export function typeReference(type: TypeName | undefined): TypeReference {
  return {
    name: keyOf(strings(type?.names)),
    modifiers: (type?.typmods ?? []).map((node) => as(node, "A_Const")?.ival?.ival ?? 0),
    array: (type?.arrayBounds ?? []).length > 0,
  };
}

export function typeText({ name, modifiers, array }: TypeReference): string {
  if (name === "interval" && modifiers.length === 1) return `interval${array ? "[]" : ""}`;
  return `${name}${modifiers.length > 0 ? `(${modifiers.join(", ")})` : ""}${array ? "[]" : ""}`;
}

export function columnName(node: Node | undefined): string | undefined {
  return strings(as(node, "ColumnRef")?.fields).at(-1);
}

export function columnsIn(tree: unknown): string[] {
  return [...new Set(findAll(tree, "ColumnRef").flatMap(({ fields }) => strings(fields).at(-1) ?? []))];
}

export function conjuncts(node: Node | undefined): Node[] {
  const both = as(node, "BoolExpr");
  if (both?.boolop === "AND_EXPR") return (both.args ?? []).flatMap(conjuncts);
  return node ? [node] : [];
}

/** Columns for which the condition implies NOT NULL, according to the rules of PostgreSQL. */
export function provesNotNull(condition: Node | undefined): string[] {
  return conjuncts(condition).flatMap((node) => {
    const negated = as(node, "BoolExpr");
    const isNot = negated?.boolop === "NOT_EXPR";
    const test = as(isNot ? negated.args?.[0] : node, "NullTest");
    if (test?.nulltesttype !== (isNot ? "IS_NULL" : "IS_NOT_NULL")) return [];
    const row = isNot ? undefined : as(test.arg, "RowExpr");
    return (row?.args ?? (test.arg ? [test.arg] : [])).flatMap((arg) => columnName(arg) ?? []);
  });
}
