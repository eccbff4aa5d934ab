import type { Node, RangeVar, TypeName } from "libpg-query";
import { formatName } from "../script/name";

type KeyOf<U> = U extends unknown ? keyof U : never;
export type Tag = KeyOf<Node>;
export type Payload<T extends Tag> = Extract<Node, Record<T, unknown>>[T];

export function as<T extends Tag>(node: Node | undefined, tag: T): Payload<T> | undefined {
  return node && tag in node ? (node as unknown as Record<T, Payload<T>>)[tag] : undefined;
}

export function findAll<T extends Tag>(tree: unknown, tag: T, found: Payload<T>[] = []): Payload<T>[] {
  if (Array.isArray(tree)) {
    for (const item of tree) findAll(item, tag, found);
  } else if (tree !== null && typeof tree === "object") {
    for (const [key, value] of Object.entries(tree)) {
      if (key === tag) found.push(value as Payload<T>);
      if (typeof value === "object") findAll(value, tag, found);
    }
  }
  return found;
}

export function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => as(node, "String")?.sval ?? []);
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
    const test = as(node, "NullTest");
    return test?.nulltesttype === "IS_NOT_NULL" ? (columnName(test.arg) ?? []) : [];
  });
}
