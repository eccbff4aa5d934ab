/** Values in place of those that may name a person or a record. */
const NUMBER = "1";
const UUID = "00000000-0000-0000-0000-000000000000";
export const FOLDED = "x";

const SECRET_NAMES = /token|secret|passw|key|sign|auth|session|code|otp|credential|jwt|sid$/i;
const MAX_NAME_LENGTH = 30;

/**
 * Replaces all parts of a URL that may be personal or secret: ids, tokens, addresses, and the values of the query. Names
 * in the query stay, except those of secrets.
 */
export function foldUrl(url: string): string {
  const [path = "/", query = ""] = url.split("?", 2);
  const folded = path.split("/").map(foldSegment).join("/");
  const names = [...new Set(query.split("&").map((part) => part.split("=")[0] ?? ""))]
    .filter(isPlainName)
    .sort();
  return names.length === 0 ? folded : `${folded}?${names.map((name) => `${name}=${NUMBER}`).join("&")}`;
}

function isPlainName(name: string): boolean {
  const isName = /^[a-z][\w.-]*$/i.test(name) && name.length <= MAX_NAME_LENGTH;
  return isName && !SECRET_NAMES.test(name) && foldSegment(name) === name;
}

/** Replaces a segment of a path, unless it is a plain word. */
export function foldSegment(segment: string): string {
  if (segment === "") return segment;
  if (/^\d+$/.test(segment)) return NUMBER;
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(segment)) return UUID;
  // The hash in the name of a built file, such as app.3f9a1c2b.js, names no person, but changes with each build.
  const isWord = /^[a-z][a-z_.-]*$/i.test(segment) && segment.length <= MAX_NAME_LENGTH;
  const isVersion = /^v\d{1,3}$/i.test(segment);
  return isWord || isVersion ? segment : FOLDED;
}

/** Different values of one segment, after which they count as names of records, such as slugs. */
const MAX_WORDS = 20;

/**
 * Folds segments that are plain words but have too many values below the same folder, such as `/users/jane`.
 *
 * @param urls folded URLs
 * @returns the URL that each becomes
 */
export function foldFamilies(urls: readonly string[]): ReadonlyMap<string, string> {
  const split = urls.map((url) => {
    const [path = "", query] = url.split("?", 2);
    return { url, segments: path.split("/"), query };
  });
  const depth = Math.max(0, ...split.map(({ segments }) => segments.length));
  for (let level = 1; level < depth; level++) {
    const words = new Map<string, Set<string>>();
    const parentOf = (segments: readonly string[]) => segments.slice(0, level).join("/");
    for (const { segments } of split) {
      const word = segments[level];
      if (word === undefined) continue;
      const parent = parentOf(segments);
      words.set(parent, (words.get(parent) ?? new Set()).add(word));
    }
    for (const { segments } of split) {
      const isFamily = (words.get(parentOf(segments))?.size ?? 0) > MAX_WORDS;
      if (segments[level] !== undefined && isFamily) segments[level] = FOLDED;
    }
  }
  return new Map(
    split.map(({ url, segments, query }) => [
      url,
      segments.join("/") + (query === undefined ? "" : `?${query}`),
    ]),
  );
}
