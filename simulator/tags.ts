import { AwsError } from "./errors";

export type Tags = Readonly<Record<string, string>>;

const MAX_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
const ALLOWED_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export function tagsOf(outs: Readonly<Record<string, unknown>>): Tags {
  return (outs.tags ?? {}) as Tags;
}

export function resourceTagKeys(tags: Tags): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}

/**
 * The tags after an update by the provider. Only tags that the update changes are written or removed, so tags that
 * were added outside the program stay.
 */
export function tagsAfterUpdate(present: Tags, before: Tags, after: Tags): Tags {
  const removed = Object.keys(before).filter((key) => !(key in after));
  const written = Object.entries(after).filter(([key, value]) => before[key] !== value);
  const rest = Object.entries(present).filter(([key]) => !removed.includes(key));
  return { ...Object.fromEntries(rest), ...Object.fromEntries(written) };
}

/**
 * @throws AwsError for tags that Elastic Load Balancing rejects.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-tags.html
 */
export function validateTags(tags: Tags): void {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS)
    throw new AwsError("TooManyTags", `The limit of ${MAX_TAGS} tags has been reached`);
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > MAX_KEY_LENGTH || key.startsWith("aws:") || !ALLOWED_TEXT.test(key)) {
      throw new AwsError("ValidationError", `Tag key '${key}' is not valid`);
    }
    if (value.length > MAX_VALUE_LENGTH || !ALLOWED_TEXT.test(value)) {
      throw new AwsError("ValidationError", `The value of tag '${key}' is not valid: '${value}'`);
    }
  }
}
