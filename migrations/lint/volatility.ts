import { findAll, keyOf, strings, typeReference } from "./ast";
import { STEADY_FUNCTIONS } from "./builtin-functions";
import type { Catalog } from "./catalog";

function isVolatile(name: string, catalog: Catalog): boolean {
  const overloads = catalog.overloads(name);
  if (overloads.length === 0) return !STEADY_FUNCTIONS.has(name);
  return overloads.some(({ volatility }) => volatility === "volatile");
}

/** Name of the first function in the expression that is volatile or has an unknown volatility. */
export function volatileFunction(expression: unknown, catalog: Catalog): string | undefined {
  const operators = findAll(expression, "A_Expr").flatMap(({ name }) => {
    return catalog.operators.get(strings(name).at(-1) ?? "") ?? [];
  });
  const casts = findAll(expression, "TypeCast").flatMap(({ typeName }) => {
    return catalog.casts.get(typeReference(typeName).name) ?? [];
  });
  const called = findAll(expression, "FuncCall").map(({ funcname }) => keyOf(strings(funcname)));
  return [...called, ...operators, ...casts].find((name) => isVolatile(name, catalog));
}
