/**
 * Evaluates conditions for rows that the running version writes. Its statements omit new columns, so these have their
 * default or no value. Only operators and functions on known lists are evaluated; everything else is unknown.
 */

import type { Node } from "libpg-query";
import { as, columnName, keyOf, strings, type TypeReference, typeReference } from "./ast";
import { STRICT_FUNCTIONS } from "./builtin-functions";
import type { Catalog, OmittedValue } from "./catalog";
import { isLike, jsonFunction, matches, textFunction } from "./written-text";

export type Scalar = number | string | boolean;

/** `present` is a value that is not null but otherwise unknown. */
export type WrittenValue =
  | { readonly kind: "null" | "present" | "unknown" }
  | { readonly kind: "value"; readonly value: Scalar }
  /** A constant of type json or jsonb, of which equal values may be written in several ways. */
  | { readonly kind: "json"; readonly text: string };

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
const isSet = ({ kind }: WrittenValue) => kind === "present" || kind === "value" || kind === "json";
const orUnknown = (value: Scalar | undefined): WrittenValue => (value === undefined ? UNKNOWN : known(value));

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

function comparePattern(operator: string, text: string, pattern: string): WrittenValue {
  const [, negated, kind, ignoreCase] = /^(!?)(~~?)(\*?)$/.exec(operator) ?? [];
  if (kind === undefined) return UNKNOWN; // The order of texts depends on the collation.
  const test = kind === "~" ? matches : isLike;
  const result = orUnknown(test(text, pattern, ignoreCase === "*"));
  return negated ? not(result) : result;
}

function compare(operator: string, a: Scalar, b: Scalar): WrittenValue {
  if (typeof a !== typeof b) return UNKNOWN;
  if (operator === "=") return known(a === b);
  if (operator === "<>" || operator === "!=") return known(a !== b);
  if (typeof a === "string" && typeof b === "string") return comparePattern(operator, a, b);
  if (typeof a !== "number" || typeof b !== "number") return UNKNOWN;
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
      return operation(operator, left, right(), evaluation);
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

function constantCall(name: string, argument: WrittenValue | undefined): Scalar | undefined {
  if (argument?.kind === "json") return jsonFunction(name, argument.text);
  const text = argument?.kind === "value" ? argument.value : undefined;
  return typeof text === "string" ? textFunction(name, text) : undefined;
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
  const isStrict = STRICT_FUNCTIONS.has(name);
  if (isStrict && values.some(({ kind }) => kind === "null")) return NULL;
  const computed = isStrict && args.length === 1 ? constantCall(name, values[0]) : undefined;
  if (computed !== undefined) return known(computed);
  return VALUE_FUNCTIONS.has(name) && values.every(isSet) ? PRESENT : UNKNOWN;
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
  const values = args.map((item) => evaluate(item, evaluation)).filter(({ kind }) => kind !== "null");
  const [first = NULL] = values;
  return first.kind === "unknown" && values.some(isSet) ? PRESENT : first;
}

const INTEGERS = ["int2", "int4", "int8", "integer", "bigint", "smallint"];
const NUMBERS = [...INTEGERS, "numeric", "decimal", "float4", "float8"];
const TRUTHS: Partial<Record<string, boolean>> = { t: true, true: true, f: false, false: false };

/** The value as one of the type. `present` if equal values of the type may be written in several ways. */
function ofType(value: WrittenValue, type: TypeReference | undefined, catalog: Catalog): WrittenValue {
  if (value.kind !== "value") return value;
  const { name, modifiers, array } = catalog.baseType(type) ?? { name: "", modifiers: [], array: false };
  const { value: scalar } = value;
  if (array) return PRESENT;
  if (typeof scalar === "boolean") return name === "bool" || name === "boolean" ? value : PRESENT;
  if (NUMBERS.includes(name)) {
    const number =
      typeof scalar === "number" ? scalar : /^-?\d+(?:\.\d+)?$/.test(scalar) ? Number(scalar) : NaN;
    const isExact = Number.isSafeInteger(number) || (!INTEGERS.includes(name) && modifiers.length === 0);
    return isExact && !Number.isNaN(number) ? known(number) : PRESENT;
  }
  if (typeof scalar === "number") return PRESENT;
  if (name === "bool" || name === "boolean") {
    const truth = TRUTHS[scalar];
    return truth === undefined ? UNKNOWN : known(truth);
  }
  if (name === "json" || name === "jsonb") return { kind: "json", text: scalar };
  if (name === "bpchar") return scalar.length === (modifiers[0] ?? 1) ? value : PRESENT;
  const isText = name === "text" || name === "varchar" || catalog.isEnum(name);
  return isText ? value : PRESENT;
}

/** Casts to types of PostgreSQL keep a null; a domain can reject it. */
function cast(node: Node, evaluation: Evaluation): WrittenValue {
  const { arg, typeName } = as(node, "TypeCast") ?? {};
  if (!arg) return UNKNOWN;
  const type = typeReference(typeName);
  if (evaluation.catalog.domains.has(type.name)) return UNKNOWN;
  return ofType(evaluate(arg, evaluation), type, evaluation.catalog);
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
export function omittedColumnValue(
  omitted: OmittedValue,
  type: TypeReference | undefined,
  evaluation: Evaluation,
): WrittenValue {
  if (omitted.kind === "null") return NULL;
  if (omitted.kind === "numbered") return PRESENT;
  if (!("expression" in omitted)) return UNKNOWN;
  return ofType(evaluate(omitted.expression, evaluation), type, evaluation.catalog);
}
