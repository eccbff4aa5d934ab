/** Results of PostgreSQL's operators and functions on constant texts. Undefined where they are not certain. */

const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text);

/** Character classes that contain the same ASCII characters in all locales. */
const CLASSES: Readonly<Record<string, string>> = {
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: " ",
  xdigit: "0-9A-Fa-f",
};

/** Parts of a regular expression that mean the same in PostgreSQL and in JavaScript. */
const SAME_MEANING =
  /^(?:\\[dswDSW]|\\[^a-zA-Z0-9]|\[\^?(?:\\[dsw]|\\[^a-zA-Z0-9]|[^\]\\[])+\]|\((?!\?)|[^\\[(])*$/;

/** A group with a quantifier, for which the time of a match may grow exponentially with the text. */
const REPEATED_GROUP = /\)[*+{]/;
const MAX_LENGTH = 100;
const MAX_LENGTH_FOR_GROUPS = 20;

/** Result of `text ~ pattern`. Rows with other than printable ASCII characters depend on the locale. */
export function matches(text: string, pattern: string, ignoreCase: boolean): boolean | undefined {
  const limit = REPEATED_GROUP.test(pattern) ? MAX_LENGTH_FOR_GROUPS : MAX_LENGTH;
  if (!isAscii(text) || !isAscii(pattern) || text.length > limit || pattern.startsWith("***"))
    return undefined;
  const translated = pattern.replace(/\[:(\w+):\]/g, (whole, name: string) => CLASSES[name] ?? whole);
  if (!SAME_MEANING.test(translated) || /\[\^?\]/.test(translated)) return undefined;
  if (ignoreCase && /\[:(?:upper|lower):\]/.test(pattern)) return undefined;
  try {
    return new RegExp(translated, ignoreCase ? "si" : "s").test(text);
  } catch {
    return undefined;
  }
}

/** Result of `text LIKE pattern`. */
export function isLike(text: string, pattern: string, ignoreCase: boolean): boolean | undefined {
  if (
    !isAscii(text) ||
    !isAscii(pattern) ||
    text.length > MAX_LENGTH ||
    /(?:^|[^\\])(?:\\\\)*\\$/.test(pattern)
  )
    return undefined;
  const parts = pattern.match(/\\?./gs) ?? [];
  // Adjacent wildcards are one, so that a match takes little time.
  const expression = parts.map((part) => {
    if (part === "%") return ".*";
    return part === "_" ? "." : part.replace(/^\\/, "").replace(/[^a-zA-Z0-9 ]/, "\\$&");
  });
  return new RegExp(`^${expression.join("").replace(/(?:\.\*)+/g, ".*")}$`, ignoreCase ? "si" : "s").test(
    text,
  );
}

const withoutSpaces = (from: RegExp) => (text: string) => text.replace(from, "");

const TEXT_FUNCTIONS: Readonly<Record<string, (text: string) => string | number>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  btrim: withoutSpaces(/^ +| +$/g),
  ltrim: withoutSpaces(/^ +/),
  rtrim: withoutSpaces(/ +$/),
  length: (text) => text.length,
  char_length: (text) => text.length,
  character_length: (text) => text.length,
  octet_length: (text) => text.length,
};

/** Result of a function of one constant text. */
export function textFunction(name: string, text: string): string | number | undefined {
  return isAscii(text) && Object.hasOwn(TEXT_FUNCTIONS, name) ? TEXT_FUNCTIONS[name]?.(text) : undefined;
}

function jsonType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Result of a function of one constant JSON text. */
export function jsonFunction(name: string, text: string): string | number | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (name === "jsonb_typeof" || name === "json_typeof") return jsonType(value);
  if ((name === "jsonb_array_length" || name === "json_array_length") && Array.isArray(value))
    return value.length;
  return undefined;
}
