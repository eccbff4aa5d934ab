import { isRecord, type Properties, Secret, type Value } from "./values";

/** Shorter secrets are not searched for, because they occur in other strings by chance. */
const MIN_SECRET_LENGTH = 6;

/**
 * Marks secrets in the plain `values` of a provider: properties that are secret at the same path in `like`, strings
 * that contain a secret of `like`, and the properties in `keys`.
 */
export function markSecrets(values: Properties, like: Properties, keys: readonly string[] = []): Properties {
  const texts = [...secretTexts(like)].filter((text) => text.length >= MIN_SECRET_LENGTH);
  const marked = Object.entries(values).map(([key, value]): [string, Value] => {
    const byPath = markLike(value, like[key]);
    return [key, keys.includes(key) ? new Secret(byPath) : markTexts(byPath, texts)];
  });
  return Object.fromEntries(marked);
}

/** Replaces the secret texts of `properties` in a text that is shown. */
export function withoutSecrets(text: string, properties: Properties): string {
  const texts = [...secretTexts(properties)].filter(({ length }) => length >= MIN_SECRET_LENGTH);
  // A longer secret may contain a shorter one.
  texts.sort((left, right) => right.length - left.length);
  return texts.reduce((safe, secret) => safe.replaceAll(secret, "[secret]"), text);
}

function markLike(value: Value, like: Value | undefined): Value {
  if (value instanceof Secret || like === undefined) return value;
  if (like instanceof Secret) return new Secret(value);
  if (Array.isArray(value) && Array.isArray(like)) return value.map((item, i) => markLike(item, like[i]));
  if (isRecord(value) && isRecord(like)) {
    const template = like as Properties;
    return mapRecord(value as Properties, (item, key) => markLike(item, template[key]));
  }
  return value;
}

function markTexts(value: Value, texts: readonly string[]): Value {
  if (texts.length === 0 || value instanceof Secret) return value;
  if (typeof value === "string")
    return texts.some((text) => value.includes(text)) ? new Secret(value) : value;
  if (Array.isArray(value)) return value.map((item) => markTexts(item, texts));
  return isRecord(value) ? mapRecord(value as Properties, (item) => markTexts(item, texts)) : value;
}

function* secretTexts(value: Value, secret = false): Generator<string> {
  if (value instanceof Secret) yield* secretTexts(value.reveal(), true);
  else if (typeof value === "string" && secret) yield value;
  else if (Array.isArray(value)) for (const item of value) yield* secretTexts(item, secret);
  else if (isRecord(value))
    for (const item of Object.values(value as Properties)) yield* secretTexts(item, secret);
}

function mapRecord(record: Properties, map: (value: Value, key: string) => Value): Properties {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
