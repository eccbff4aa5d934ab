import { type TypeReference, typeText } from "./ast";

/** Types with a length or precision. Raising or removing it changes no stored value. */
const LIMITED_TYPES = ["varchar", "varbit", "timestamp", "timestamptz", "time", "timetz"];

function widens(from: number | undefined, to: number | undefined): boolean {
  return to === undefined || (from !== undefined && to >= from);
}

/** The first modifier of INTERVAL is a mask of fields, the second one is the precision. */
function widensInterval(from: readonly number[], to: readonly number[]): boolean {
  const everyField = 0x7fff;
  if (to.length === 0) return true;
  if ((to[0] ?? 0) !== (from[0] ?? everyField)) return to[0] === everyField && widens(from[1], to[1]);
  return widens(from[1], to[1]);
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
    if (to.name === "numeric") return widensNumeric(from.modifiers, to.modifiers) ? undefined : reason;
    if (to.name === "interval") return widensInterval(from.modifiers, to.modifiers) ? undefined : reason;
    return reason;
  }
  const pair = `${from.name} ${to.name}`;
  if (pair === "varchar text" || pair === "cidr inet") return undefined;
  if (pair === "text varchar" && to.modifiers.length === 0) return undefined;
  if (pair === "timestamp timestamptz" || pair === "timestamptz timestamp") {
    if (!widens(from.modifiers[0], to.modifiers[0])) return reason;
    return utc ? undefined : "it avoids a table rewrite only if the session's time zone is UTC";
  }
  return reason;
}
