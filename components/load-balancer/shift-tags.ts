const RECORD_KEYS = ["serial", "kind", "actor", "commit", "reason", "at"] as const;

export const RECORD_TAGS: readonly string[] = RECORD_KEYS.map((key) => `changeover:${key}`);

const MAX_LENGTH = 256;

/** The tags of a shift's record, without those of empty values. */
export function shiftTags(
  record: { readonly [Key in (typeof RECORD_KEYS)[number]]?: string | number } | undefined,
): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const key of RECORD_KEYS) {
    const value = tagValue(String(record?.[key] ?? ""));
    if (value !== "") tags[`changeover:${key}`] = value;
  }
  return tags;
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
function tagValue(text: string): string {
  const allowed = text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, " ").replace(/\s+/g, " ");
  return [...allowed].slice(0, MAX_LENGTH).join("").trim();
}
