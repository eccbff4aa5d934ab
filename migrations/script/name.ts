/** Names of database objects as SQL writes them. The runner's Lambda uses this file, so it needs no parser. */

/** Keywords that PostgreSQL does not accept as a name without quotes in every position. Checked against the server. */
const QUOTED_KEYWORDS: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
  char character check coalesce collate collation column concurrently constraint create cross current_catalog
  current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
  desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group
  grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array
  json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value
  lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize
  not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision
  primary real references returning right row select session_user setof similar smallint some substring symmetric
  system_user table tablesample then time timestamp to trailing treat trim true union unique user using values
  varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest
  xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`.split(/\s+/),
);

const MAX_NAME_BYTES = 63;

/** Quotes a name if necessary, like quote_ident() of PostgreSQL. */
export function quoteName(name: string): string {
  if (/^[a-z_][a-z0-9_]*$/.test(name) && !QUOTED_KEYWORDS.has(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

export function formatName(parts: readonly string[]): string {
  return parts.map(quoteName).join(".");
}

const PART = /\s*(?:"((?:[^"]|"")+)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*))\s*(\.|$)/y;

/** Only letters of ASCII change, as in PostgreSQL. */
function inSmallLetters(name: string): string {
  return /[A-Z]/.test(name) ? name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : name;
}

/**
 * Reads a name as PostgreSQL does: without quotes, letters become small.
 *
 * @returns the name and the names before it, such as its schema; undefined if the text is not a name
 */
export function parseName(text: string): string[] | undefined {
  const parts: string[] = [];
  for (PART.lastIndex = 0; ; ) {
    const match = PART.exec(text);
    if (!match) return undefined;
    const [, quoted, plain = "", separator] = match;
    parts.push(quoted?.replaceAll('""', '"') ?? inSmallLetters(plain));
    if (separator === "") return parts;
  }
}

/** Cuts a name to the 63 bytes that PostgreSQL stores, at the end of a character. */
export function truncateName(name: string, bytes = MAX_NAME_BYTES): string {
  const encoded = Buffer.from(name);
  if (encoded.length <= bytes) return name;
  let end = bytes;
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end--;
  return encoded.subarray(0, end).toString();
}

/** Appends a suffix to a written name: `"Team"` and `_new` give `"Team_new"`. Other text is returned with the suffix. */
export function withSuffix(name: string, suffix: string): string {
  const parts = parseName(name);
  if (!parts) return `${name}${suffix}`;
  const last = truncateName(parts.at(-1) ?? "", MAX_NAME_BYTES - Buffer.byteLength(suffix));
  return formatName([...parts.slice(0, -1), `${last}${suffix}`]);
}
