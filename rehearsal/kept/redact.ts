export const REDACTED = "[secret]";

/** Forms in which secrets appear in logs and states; the first group stays. */
const FORMS: readonly RegExp[] = [
  /(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/g,
  /("?(?<![:\w-])(?:password|passwd|secret|token|authorization|cookie|set-cookie|passphrase|ciphertext)\b"?\s*[:=]\s*"?)(?!\[secret\])[^\s",;}]{4,}/gi,
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:)[^\s@/]+(?=@)/g,
  /(x-changeover-token["']?\s*[:=,]\s*["']?)[\w-]{8,}/gi,
];

const MIN_SECRET_LENGTH = 6;

/**
 * The texts of secret values: a value as it is, and each text in a value that is JSON, such as
 * `{"username","password"}`.
 */
export function secretTexts(values: readonly string[]): string[] {
  const texts = values.flatMap((value) => [value, ...textsInJson(value)]);
  const long = [...new Set(texts)].filter(({ length }) => length >= MIN_SECRET_LENGTH);
  // The longest first, so that no rest of it remains.
  return long.sort((left, right) => right.length - left.length);
}

function textsInJson(value: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return [];
  }
  if (typeof parsed !== "object" || parsed === null) return [];
  return Object.entries(parsed).flatMap(([key, text]) =>
    typeof text === "string" && !/^(user(name)?|host|engine|dbname)$/i.test(key) ? [text] : [],
  );
}

/** Removes known secrets, and everything that looks like one, from a text. */
export function redact(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((result, secret) => result.split(secret).join(REDACTED), text);
  return FORMS.reduce((result, form) => result.replace(form, `$1${REDACTED}`), known);
}
