import { findAll, keyOf, strings } from "./ast";
import type { Catalog } from "./catalog";

/** Built-in functions that are stable or immutable in all overloads. */
export const steadyFunctions: ReadonlySet<string> = new Set(
  `abs age array_append array_cat array_fill array_length array_to_string ascii btrim cardinality ceil ceiling chr
  concat concat_ws current_database current_schema current_setting date date_part date_trunc daterange decode div
  encode exp extract floor format hashtext initcap int4range int8range json_build_array json_build_object
  jsonb_build_array jsonb_build_object jsonb_set left length ln log lower lpad ltrim make_date make_interval make_time
  make_timestamp make_timestamptz md5 mod now num_nonnulls numrange overlay pg_typeof pi position power quote_ident
  quote_literal regexp_replace repeat replace reverse right round row_to_json rpad rtrim sha256 sha512 sign split_part
  sqrt statement_timestamp strpos string_to_array substr substring text timezone to_char to_date to_hex to_json
  to_jsonb to_number to_timestamp to_tsvector transaction_timestamp translate trim trunc tsrange tstzrange
  txid_current upper`.split(/\s+/),
);

/** Name of the first function in the expression that is volatile or has an unknown volatility. */
export function volatileFunction(expression: unknown, catalog: Catalog): string | undefined {
  return findAll(expression, "FuncCall")
    .map(({ funcname }) => keyOf(strings(funcname)))
    .find((name) => {
      const routine = catalog.routines.get(name);
      return routine ? routine.volatility === "volatile" : !steadyFunctions.has(name);
    });
}
