import type { Constraint as ConstraintNode, Node } from "libpg-query";
import { as, conjuncts, strings, tableKey } from "./ast";
import type { Constraint } from "./catalog";

/** The tree as text, without positions and OR REPLACE. */
export function treeText(tree: unknown): string {
  if (typeof tree !== "object" || tree === null) return JSON.stringify(tree) ?? "";
  const known = texts.get(tree);
  if (known !== undefined) return known;
  const text = writeTree(tree);
  texts.set(tree, text);
  return text;
}

const texts = new WeakMap<object, string>();

const IGNORED_KEYS = new Set([
  "location",
  "list_start",
  "list_end",
  "rexpr_list_start",
  "rexpr_list_end",
  "replace",
]);

function writeTree(tree: object): string {
  return JSON.stringify(tree, (key, value: unknown) => (IGNORED_KEYS.has(key) ? undefined : value));
}

function values(node: Node | undefined): readonly Node[] {
  const cast = as(node, "TypeCast");
  if (cast) return values(cast.arg);
  return as(node, "List")?.items ?? as(node, "A_ArrayExpr")?.elements ?? [];
}

/** The tested expression and the permitted values of `x IN (…)`, `x = ANY (ARRAY[…])` and `x = value`. */
function permitted(node: Node): { readonly tested: string; readonly allowed: readonly string[] } | undefined {
  const test = as(node, "A_Expr");
  if (!test || strings(test.name).at(-1) !== "=") return undefined;
  const tested = treeText(test.lexpr);
  if (test.kind === "AEXPR_OP" && as(test.rexpr, "A_Const"))
    return { tested, allowed: [treeText(test.rexpr)] };
  if (test.kind !== "AEXPR_IN" && test.kind !== "AEXPR_OP_ANY") return undefined;
  return { tested, allowed: values(test.rexpr).map(treeText) };
}

interface Bound {
  readonly tested: string;
  readonly direction: "below" | "above";
  readonly limit: number;
  readonly isStrict: boolean;
}

function numberOf(node: Node | undefined): number | undefined {
  const found = as(node, "A_Const");
  if (found?.ival) return found.ival.ival ?? 0;
  return found?.fval ? Number(found.fval.fval) : undefined;
}

function bound(node: Node): Bound | undefined {
  const test = as(node, "A_Expr");
  const limit = numberOf(test?.rexpr);
  const operator = strings(test?.name).at(-1) ?? "";
  if (test?.kind !== "AEXPR_OP" || limit === undefined || !/^[<>]=?$/.test(operator)) return undefined;
  const direction = operator.startsWith("<") ? "below" : "above";
  return { tested: treeText(test.lexpr), direction, limit, isStrict: operator.length === 1 };
}

function impliesBound(older: Bound, wanted: Bound): boolean {
  if (older.tested !== wanted.tested || older.direction !== wanted.direction) return false;
  if (older.limit === wanted.limit) return older.isStrict || !wanted.isStrict;
  return older.direction === "below" ? older.limit < wanted.limit : older.limit > wanted.limit;
}

export function implies(older: Node, wanted: Node): boolean {
  if (treeText(older) === treeText(wanted)) return true;
  const either = as(wanted, "BoolExpr");
  if (either?.boolop === "OR_EXPR" && (either.args ?? []).some((item) => implies(older, item))) return true;
  const [had, has] = [permitted(older), permitted(wanted)];
  if (had && has && had.tested === has.tested && had.allowed.length > 0) {
    return had.allowed.every((value) => has.allowed.includes(value));
  }
  const [limit, newLimit] = [bound(older), bound(wanted)];
  return limit !== undefined && newLimit !== undefined && impliesBound(limit, newLimit);
}

/** True if each row that satisfies the older checks also satisfies the condition. */
export function isImpliedBy(condition: Node | undefined, older: readonly Constraint[]): boolean {
  const known = older.flatMap(({ kind, expression, isEnforced }) => {
    return kind === "check" && isEnforced ? conjuncts(expression) : [];
  });
  const wanted = conjuncts(condition);
  return wanted.length > 0 && wanted.every((item) => known.some((had) => implies(had, item)));
}

export function isSameForeignKey(
  node: ConstraintNode,
  { kind, columns, references, referencedColumns, matchType, isEnforced }: Constraint,
): boolean {
  const referenced = strings(node.pk_attrs);
  return (
    kind === "foreign" &&
    isEnforced &&
    references?.key === tableKey(node.pktable) &&
    `${strings(node.fk_attrs)}` === `${columns}` &&
    (referenced.length === 0 || `${referenced}` === `${referencedColumns}`) &&
    (node.fk_matchtype ?? "s") === matchType
  );
}
