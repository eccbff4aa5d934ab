export interface ShiftRecord {
  /** Number of the traffic shift, from 1. */
  readonly serial: number;
  readonly kind: "first" | "shift" | "rollback" | "watch-rollback";
  readonly actor?: string;
  readonly commit?: string;
  readonly reason?: string;
  /** ISO 8601. Only for other writers than the Pulumi program, whose inputs must not depend on the clock. */
  readonly at?: string;
}

const PREFIX = "changeover:";
const OPTIONAL_KEYS = ["actor", "commit", "reason", "at"] as const;
const KINDS: readonly string[] = [
  "first",
  "shift",
  "rollback",
  "watch-rollback",
] satisfies ShiftRecord["kind"][];

const MAX_TAG_LENGTH = 256;

/** Replaces the characters that AWS does not allow in the value of a tag, and cuts the value to 256 characters. */
export function tagValue(text: string): string {
  const allowed = text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, " ").replace(/\s+/g, " ");
  return [...allowed].slice(0, MAX_TAG_LENGTH).join("").trim();
}

/** The tags of a record, without those of empty values. */
export function tagsOfRecord(record: ShiftRecord): Record<string, string> {
  const tags: Record<string, string> = {
    [`${PREFIX}serial`]: String(record.serial),
    [`${PREFIX}kind`]: record.kind,
  };
  for (const key of OPTIONAL_KEYS) {
    const value = tagValue(record[key] ?? "");
    if (value !== "") tags[`${PREFIX}${key}`] = value;
  }
  return tags;
}

/** Keys of a former record that the tags of the new one do not replace. */
export function obsoleteTagKeys(record: ShiftRecord): string[] {
  const tags = tagsOfRecord(record);
  return OPTIONAL_KEYS.map((key) => `${PREFIX}${key}`).filter((key) => !(key in tags));
}

/** Reads a record from the tags of a rule; undefined if they have none, as on a stack of an earlier version. */
export function recordOfTags(tags: Readonly<Record<string, string>>): ShiftRecord | undefined {
  const serial = Number(tags[`${PREFIX}serial`]);
  const kind = tags[`${PREFIX}kind`] ?? "";
  if (!Number.isSafeInteger(serial) || serial < 1 || !KINDS.includes(kind)) return undefined;
  const optional = OPTIONAL_KEYS.flatMap((key) => {
    const value = tags[`${PREFIX}${key}`];
    return value === undefined ? [] : [[key, value] as const];
  });
  return { serial, kind: kind as ShiftRecord["kind"], ...Object.fromEntries(optional) };
}
