import { type TypeReference, typeText } from "./ast";

/** Types with a length or precision. Raising or removing it changes no stored value. */
const LIMITED_TYPES = ["varchar", "varbit"];
const PRECISE_TYPES = ["timestamp", "timestamptz", "time", "timetz"];

/** Digits of a second in times without a precision of their own. */
const FULL_PRECISION = 6;

function widens(from: number | undefined, to: number | undefined): boolean {
  return to === undefined || (from !== undefined && to >= from);
}

const keepsPrecision = (from: number | undefined, to: number | undefined) =>
  widens(from ?? FULL_PRECISION, to);

const EVERY_FIELD = 0x7fff;
const SECOND_BIT = 12;

/** Position of the smallest unit in a mask of interval fields, in which years have the lowest bits. */
const smallestUnit = (fields: number) => Math.min(31 - Math.clz32(fields), SECOND_BIT);

/** The first modifier of INTERVAL is a mask of fields, the second one is the precision. See interval_support. */
function widensInterval(from: readonly number[], to: readonly number[]): boolean {
  if (to.length === 0) return true;
  const had = smallestUnit(from[0] ?? EVERY_FIELD);
  if (smallestUnit(to[0] ?? EVERY_FIELD) < had) return false;
  return had < SECOND_BIT || keepsPrecision(from[1], to[1]);
}

function widensNumeric(from: readonly number[], to: readonly number[]): boolean {
  return (
    to.length === 0 || (from.length > 0 && (to[0] ?? 0) >= (from[0] ?? 0) && (to[1] ?? 0) === (from[1] ?? 0))
  );
}

/**
 * Reason why a change of type rewrites the table or its indexes. Undefined if PostgreSQL only changes the catalog.
 *
 * @param utc true if the session's time zone is UTC
 */
export function rewriteReason(
  from: TypeReference | undefined,
  to: TypeReference,
  utc: boolean,
): string | undefined {
  if (!from) return "the old type is unknown, because no earlier script creates the column";
  const reason = `${typeText(from)} to ${typeText(to)} is not a change that avoids a rewrite`;
  if (from.array || to.array)
    return from.array === to.array && typeText(from) === typeText(to) ? undefined : reason;
  if (typeText(from) === typeText(to)) return undefined;
  if (from.name === to.name) {
    if (LIMITED_TYPES.includes(to.name))
      return widens(from.modifiers[0], to.modifiers[0]) ? undefined : reason;
    if (PRECISE_TYPES.includes(to.name))
      return keepsPrecision(from.modifiers[0], to.modifiers[0]) ? undefined : reason;
    if (to.name === "numeric") return widensNumeric(from.modifiers, to.modifiers) ? undefined : reason;
    if (to.name === "interval") return widensInterval(from.modifiers, to.modifiers) ? undefined : reason;
    return reason;
  }
  const pair = `${from.name} ${to.name}`;
  if (pair === "varchar text" || pair === "cidr inet") return undefined;
  if (pair === "text varchar" && to.modifiers.length === 0) return undefined;
  if (pair === "timestamp timestamptz" || pair === "timestamptz timestamp") {
    if (!keepsPrecision(from.modifiers[0], to.modifiers[0])) return reason;
    return utc ? undefined : "it avoids a table rewrite only if the session's time zone is UTC";
  }
  return reason;
}
