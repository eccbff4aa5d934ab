import { findAll, keyOf, strings } from "./ast";
import { STEADY_FUNCTIONS } from "./builtin-functions";
import type { Catalog } from "./catalog";

/** Name of the first function in the expression that is volatile or has an unknown volatility. */
export function volatileFunction(expression: unknown, catalog: Catalog): string | undefined {
  return findAll(expression, "FuncCall")
    .map(({ funcname }) => keyOf(strings(funcname)))
    .find((name) => {
      const overloads = catalog.overloads(name);
      if (overloads.length === 0) return !STEADY_FUNCTIONS.has(name);
      return overloads.some(({ volatility }) => volatility === "volatile");
    });
}
