import type { TableFacts, TypeFacts } from "./table-facts";

/** First number for generated rows. Scripts rarely insert such numbers. */
const FIRST_NUMBER = 7001;
const ATTEMPTS = 12;

const SAMPLES_BY_TYPE: Partial<Record<string, readonly string[]>> = {
  uuid: ["00000000-0000-4000-8000-00000000"],
  json: ["{}", "[]"],
  jsonb: ["{}", "[]"],
  bytea: ["\\x00"],
  time: ["10:00"],
  timetz: ["10:00+00"],
  xml: ["<a/>"],
  macaddr: ["08:00:2b:01:02:03"],
  tsvector: ["word"],
  tsquery: ["word"],
  point: ["(1,1)"],
  bit: ["1"],
  int2: ["71", "1", "0"],
};

const SAMPLES_BY_CATEGORY: Partial<Record<string, readonly string[]>> = {
  B: ["true", "false"],
  D: ["2024-05-06 10:00:00+00", "2030-01-01 00:00:00+00"],
  T: ["1 hour"],
  I: ["10.0.0.1"],
  R: ["empty"],
  V: ["1"],
};

/** Values of the type, the most likely first. `number` makes texts, numbers and UUIDs of different rows differ. */
function samples({ name, category, labels, element }: TypeFacts, number: number): readonly string[] {
  const value = FIRST_NUMBER + number;
  if (labels) return labels;
  if (element) return [`{"${samples(element, number)[0]?.replace(/["\\]/g, "\\$&") ?? ""}"}`, "{}"];
  if (name === "uuid") return [`${SAMPLES_BY_TYPE.uuid?.[0]}${String(value).padStart(4, "0")}`];
  const known = SAMPLES_BY_TYPE[name] ?? SAMPLES_BY_CATEGORY[category];
  if (known) return known;
  if (category === "N") return [`${value}`, `${(value % 9) + 1}`, "0", "1"];
  return [
    `value ${value}`,
    `v${value}`,
    `${value % 10}`,
    `a${value}@example.org`,
    `https://example.org/${value}`,
  ];
}

/** Constants in a CHECK, and their neighbours: most conditions are satisfied by one of them. */
function constantsIn(definition: string): string[] {
  const texts = [...definition.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = ""]) =>
    text.replaceAll("''", "'"),
  );
  const numbers = [...definition.replace(/'(?:[^']|'')*'/g, "").matchAll(/\d+(?:\.\d+)?/g)].map(([text]) =>
    Number(text),
  );
  return [...texts, ...numbers.flatMap((number) => [`${number}`, `${number + 1}`, `${number - 1}`])];
}

/** The parts of a condition that name the column, as the other parts are about other columns. */
function partsFor(definition: string, column: string): string {
  const parts = definition.split(" AND ").filter((part) => part.includes(column));
  return parts.length > 0 ? parts.join(" AND ") : definition;
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
}

/** Decides whether an attempt sets a column that may be omitted: none, then half of them in turn, or all. */
export function setsOptional(column: string, attempt: number): boolean {
  if (attempt === 0) return false;
  return attempt % 3 === 0 || (hash(column) + attempt) % 2 === 0;
}

export interface Choice {
  /** 0 for the most likely values. Others combine the constants of the CHECKs. */
  readonly attempt: number;
  readonly number: number;
}

export const CHOICES: readonly number[] = Array.from({ length: ATTEMPTS }, (_, i) => i);

export function valueFor(
  type: TypeFacts,
  { attempt, number }: Choice,
  table?: TableFacts,
  column = "",
): string {
  const likely = samples(type, number);
  const constants = (table?.checks ?? [])
    .filter(({ columns }) => columns.includes(column))
    .flatMap(({ definition }) => constantsIn(partsFor(definition, column)));
  const first = likely[0] ?? "";
  if (attempt === 0 && constants.length === 0) return first;
  const all = [...constants, ...likely];
  if (attempt === 0) return all[0] ?? first;
  return all[(attempt - 1 + (hash(column) % 3)) % all.length] ?? first;
}
