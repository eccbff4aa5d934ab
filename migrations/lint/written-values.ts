/**
 * Evaluates conditions for rows that the running version writes. Its statements omit new columns, so these have their
 * default or no value. Only operators and functions on known lists are evaluated; everything else is unknown.
 */

import type { Node } from "libpg-query";
import { as, columnName, keyOf, strings } from "./ast";
import { STRICT_FUNCTIONS } from "./builtin-functions";
import type { Catalog, OmittedValue } from "./catalog";

export type Scalar = number | string | boolean;

/** `present` is a value that is not null but otherwise unknown. */
export type WrittenValue =
  | { readonly kind: "null" | "present" | "unknown" }
  | { readonly kind: "value"; readonly value: Scalar };

/** Value of a column in the rows that the running version writes. */
export type ColumnValues = (column: string) => WrittenValue;

export interface Evaluation {
  readonly catalog: Catalog;
  readonly columns: ColumnValues;
}

const NULL: WrittenValue = { kind: "null" };
const PRESENT: WrittenValue = { kind: "present" };
const UNKNOWN: WrittenValue = { kind: "unknown" };
const known = (value: Scalar): WrittenValue => ({ kind: "value", value });
const isSet = ({ kind }: WrittenValue) => kind === "present" || kind === "value";

/** Operators of PostgreSQL that return null if an operand is null, for all types. `||` is not: it joins arrays. */
const STRICT_OPERATORS = new Set(
  "= <> != < > <= >= + - * / % ^ ~ ~* !~ !~* ~~ ~~* !~~ !~~* @> <@ && ? ?| ?& @? @@ -> ->> #> #>> << >> <<| |>> &< &> & | #".split(
    " ",
  ),
);

/** Functions that return a value if their arguments are not null. */
const VALUE_FUNCTIONS = new Set(
  `clock_timestamp concat date_trunc gen_random_uuid gen_random_bytes jsonb_build_array jsonb_build_object lower md5
  nextval now random statement_timestamp timezone to_char transaction_timestamp txid_current upper uuid_generate_v1
  uuid_generate_v4 uuidv4 uuidv7`.split(/\s+/),
);

function constant(node: Node): WrittenValue | undefined {
  const found = as(node, "A_Const");
  if (!found) return undefined;
  if (found.isnull) return NULL;
  if (found.ival) return known(found.ival.ival ?? 0);
  if (found.fval) return known(Number(found.fval.fval));
  if (found.boolval) return known(found.boolval.boolval ?? false);
  if (found.sval) return known(found.sval.sval ?? "");
  return PRESENT;
}

function compare(operator: string, a: Scalar, b: Scalar): WrittenValue {
  if (typeof a !== typeof b) return UNKNOWN;
  if (operator === "=") return known(a === b);
  if (operator === "<>" || operator === "!=") return known(a !== b);
  if (typeof a !== "number" || typeof b !== "number") return UNKNOWN; // The order of texts depends on the collation.
  if (operator === "<") return known(a < b);
  if (operator === ">") return known(a > b);
  if (operator === "<=") return known(a <= b);
  if (operator === ">=") return known(a >= b);
  return UNKNOWN;
}

function operation(
  operator: string,
  left: WrittenValue,
  right: WrittenValue,
  { catalog }: Evaluation,
): WrittenValue {
  if (!STRICT_OPERATORS.has(operator) || catalog.operators.has(operator)) return UNKNOWN;
  if (left.kind === "null" || right.kind === "null") return NULL;
  if (left.kind === "value" && right.kind === "value") return compare(operator, left.value, right.value);
  return ["+", "-", "*", "/"].includes(operator) && isSet(left) && isSet(right) ? PRESENT : UNKNOWN;
}

function not(value: WrittenValue): WrittenValue {
  if (value.kind === "value") return known(value.value === false);
  return value.kind === "null" ? NULL : UNKNOWN;
}

function and(values: readonly WrittenValue[]): WrittenValue {
  if (values.some((item) => item.kind === "value" && item.value === false)) return known(false);
  if (values.some(({ kind }) => kind === "unknown" || kind === "present")) return UNKNOWN;
  return values.some(({ kind }) => kind === "null") ? NULL : known(true);
}

const or = (values: readonly WrittenValue[]): WrittenValue => not(and(values.map(not)));

function distinct(left: WrittenValue, right: WrittenValue, evaluation: Evaluation): WrittenValue {
  if (left.kind === "null" && right.kind === "null") return known(false);
  if (left.kind === "null" || right.kind === "null") {
    return isSet(left) || isSet(right) ? known(true) : UNKNOWN;
  }
  return not(operation("=", left, right, evaluation));
}

/** Elements of an IN list or an array. Undefined if they are not listed. */
function listed(node: Node | undefined): readonly Node[] | undefined {
  const cast = as(node, "TypeCast");
  if (cast) return listed(cast.arg);
  return as(node, "List")?.items ?? as(node, "A_ArrayExpr")?.elements;
}

function expression(node: Node, evaluation: Evaluation): WrittenValue {
  const { kind, name, lexpr, rexpr } = as(node, "A_Expr") ?? {};
  const operator = strings(name).at(-1) ?? "";
  const left = lexpr ? evaluate(lexpr, evaluation) : UNKNOWN;
  const right = () => (rexpr ? evaluate(rexpr, evaluation) : UNKNOWN);
  const each = (items: readonly Node[], symbol: string) =>
    items.map((item) => operation(symbol, left, evaluate(item, evaluation), evaluation));
  switch (kind) {
    case "AEXPR_OP":
      return lexpr
        ? operation(operator, left, right(), evaluation)
        : right().kind === "null"
          ? NULL
          : UNKNOWN;
    case "AEXPR_DISTINCT":
      return distinct(left, right(), evaluation);
    case "AEXPR_NOT_DISTINCT":
      return not(distinct(left, right(), evaluation));
    case "AEXPR_IN":
      return operator === "=" ? or(each(listed(rexpr) ?? [], "=")) : and(each(listed(rexpr) ?? [], "<>"));
    case "AEXPR_OP_ANY":
    case "AEXPR_OP_ALL": {
      const items = listed(rexpr);
      if (!items) return UNKNOWN;
      return kind === "AEXPR_OP_ANY" ? or(each(items, operator)) : and(each(items, operator));
    }
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
    case "AEXPR_SIMILAR":
      return left.kind === "null" ? NULL : UNKNOWN;
    case "AEXPR_BETWEEN":
    case "AEXPR_NOT_BETWEEN": {
      const [from, to] = (listed(rexpr) ?? []).map((item) => evaluate(item, evaluation));
      if (!from || !to) return UNKNOWN;
      const inside = and([operation(">=", left, from, evaluation), operation("<=", left, to, evaluation)]);
      return kind === "AEXPR_BETWEEN" ? inside : not(inside);
    }
    case "AEXPR_NULLIF":
      return left.kind === "null" ? NULL : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

function call(node: Node, evaluation: Evaluation): WrittenValue {
  const { funcname, args = [] } = as(node, "FuncCall") ?? {};
  const name = keyOf(strings(funcname));
  const values = args.map((item) => evaluate(item, evaluation));
  const own = evaluation.catalog.overloads(name);
  if (own.length > 0) {
    const isNull = own.every(({ isStrict }) => isStrict) && values.some(({ kind }) => kind === "null");
    return isNull ? NULL : UNKNOWN;
  }
  if (name === "num_nulls" || name === "num_nonnulls") {
    if (values.some(({ kind }) => kind === "unknown")) return UNKNOWN;
    return known(values.filter((item) => isSet(item) === (name === "num_nonnulls")).length);
  }
  if (VALUE_FUNCTIONS.has(name) && values.every(isSet)) return PRESENT;
  if (!STRICT_FUNCTIONS.has(name)) return UNKNOWN;
  if (values.some(({ kind }) => kind === "null")) return NULL;
  const [first] = values;
  const isLength = ["length", "char_length", "character_length"].includes(name);
  if (isLength && first?.kind === "value" && typeof first.value === "string" && args.length === 1) {
    return known([...first.value].length);
  }
  return UNKNOWN;
}

function choice(node: Node, evaluation: Evaluation): WrittenValue {
  const found = as(node, "CaseExpr");
  if (!found || found.arg) return UNKNOWN;
  for (const item of found.args ?? []) {
    const branch = as(item, "CaseWhen");
    const condition = branch?.expr ? evaluate(branch.expr, evaluation) : UNKNOWN;
    if (!(condition.kind === "null" || condition.kind === "value") || !branch?.result) return UNKNOWN;
    if (condition.kind === "value" && condition.value === true) return evaluate(branch.result, evaluation);
  }
  return found.defresult ? evaluate(found.defresult, evaluation) : NULL;
}

function booleanTest(node: Node, evaluation: Evaluation): WrittenValue {
  const { arg, booltesttype } = as(node, "BooleanTest") ?? {};
  const value = arg ? evaluate(arg, evaluation) : UNKNOWN;
  const truth = value.kind === "null" ? undefined : value.kind === "value" ? value.value : UNKNOWN;
  if (typeof truth === "object") return UNKNOWN;
  switch (booltesttype) {
    case "IS_TRUE":
      return known(truth === true);
    case "IS_NOT_TRUE":
      return known(truth !== true);
    case "IS_FALSE":
      return known(truth === false);
    case "IS_NOT_FALSE":
      return known(truth !== false);
    case "IS_UNKNOWN":
      return known(truth === undefined);
    case "IS_NOT_UNKNOWN":
      return known(truth !== undefined);
    default:
      return UNKNOWN;
  }
}

function nullTest(node: Node, evaluation: Evaluation): WrittenValue {
  const { arg, nulltesttype } = as(node, "NullTest") ?? {};
  const row = as(arg, "RowExpr");
  const values = row ? (row.args ?? []).map((item) => evaluate(item, evaluation)) : [];
  if (row && !values.every(({ kind }) => kind === "null")) return UNKNOWN;
  const value = row ? NULL : arg ? evaluate(arg, evaluation) : UNKNOWN;
  if (value.kind === "unknown") return UNKNOWN;
  return known((value.kind === "null") === (nulltesttype === "IS_NULL"));
}

function firstSet(args: readonly Node[], evaluation: Evaluation): WrittenValue {
  for (const item of args) {
    const value = evaluate(item, evaluation);
    if (value.kind !== "null") return value;
  }
  return NULL;
}

/** Casts to types of PostgreSQL keep a null; a domain can reject it. The texts of constants are compared as written. */
function cast(node: Node, evaluation: Evaluation): WrittenValue {
  const { arg, typeName } = as(node, "TypeCast") ?? {};
  if (!arg) return UNKNOWN;
  if (evaluation.catalog.domains.has(keyOf(strings(typeName?.names)))) return UNKNOWN;
  const value = evaluate(arg, evaluation);
  if (value.kind !== "value") return value;
  const type = keyOf(strings(typeName?.names));
  if ((type === "bool" || type === "boolean") && typeof value.value === "string") {
    return ["t", "true"].includes(value.value)
      ? known(true)
      : ["f", "false"].includes(value.value)
        ? known(false)
        : UNKNOWN;
  }
  return ["text", "varchar"].includes(type) === (typeof value.value === "string") ? value : PRESENT;
}

export function evaluate(node: Node, evaluation: Evaluation): WrittenValue {
  const fixed = constant(node);
  if (fixed) return fixed;
  const [tag] = Object.keys(node);
  switch (tag) {
    case "ColumnRef": {
      const column = columnName(node);
      return column === undefined ? UNKNOWN : evaluation.columns(column);
    }
    case "A_Expr":
      return expression(node, evaluation);
    case "BoolExpr": {
      const { boolop, args = [] } = as(node, "BoolExpr") ?? {};
      const values = args.map((item) => evaluate(item, evaluation));
      if (boolop === "NOT_EXPR") return not(values[0] ?? UNKNOWN);
      return boolop === "AND_EXPR" ? and(values) : or(values);
    }
    case "NullTest":
      return nullTest(node, evaluation);
    case "BooleanTest":
      return booleanTest(node, evaluation);
    case "CoalesceExpr":
      return firstSet(as(node, "CoalesceExpr")?.args ?? [], evaluation);
    case "MinMaxExpr": {
      const values = (as(node, "MinMaxExpr")?.args ?? []).map((item) => evaluate(item, evaluation));
      if (values.every(({ kind }) => kind === "null")) return NULL;
      return values.some(isSet) ? PRESENT : UNKNOWN;
    }
    case "CaseExpr":
      return choice(node, evaluation);
    case "FuncCall":
      return call(node, evaluation);
    case "TypeCast":
      return cast(node, evaluation);
    case "CollateClause": {
      const arg = as(node, "CollateClause")?.arg;
      return arg ? evaluate(arg, evaluation) : UNKNOWN;
    }
    case "JsonIsPredicate": {
      const arg = as(node, "JsonIsPredicate")?.expr;
      return arg && evaluate(arg, evaluation).kind === "null" ? NULL : UNKNOWN;
    }
    case "A_ArrayExpr":
    case "SQLValueFunction":
      return PRESENT;
    default:
      return UNKNOWN;
  }
}

/** Value of a column that the running version's statement omits. */
export function omittedColumnValue(omitted: OmittedValue, evaluation: Evaluation): WrittenValue {
  if (omitted.kind === "null") return NULL;
  if (omitted.kind === "numbered") return PRESENT;
  if (!("expression" in omitted)) return UNKNOWN;
  return evaluate(omitted.expression, evaluation);
}
