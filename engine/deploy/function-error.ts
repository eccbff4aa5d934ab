import { isRecord } from "../values/values";

/** The provider's message for a Lambda that failed, up to the JSON of the error. */
const INVOCATION = /invoking Lambda Function \(([^)\s]+)\): (?=\{)/g;

/**
 * Replaces Lambda's JSON of a failed function by its message, which is easier to read.
 *
 * The AWS provider prints `invoking Lambda Function (name): {"errorType":…,"errorMessage":…,"trace":[…]}`.
 */
export function readableFunctionError(text: string): string {
  let readable = "";
  let at = 0;
  for (const match of text.matchAll(INVOCATION)) {
    const start = match.index + match[0].length;
    const json = jsonAt(text, start);
    if (match.index < at || json === undefined || !isRecord(json.value)) continue;
    const { errorType, errorMessage } = json.value;
    if (typeof errorMessage !== "string") continue;
    const type = typeof errorType !== "string" || errorType === "Error" ? "" : `${errorType}: `;
    readable += `${text.slice(at, match.index)}function ${match[1]} failed: ${type}${errorMessage}`;
    at = json.end;
  }
  return readable + text.slice(at);
}

/** Parses the JSON object that begins at an index; undefined if it is none. */
function jsonAt(text: string, start: number): { readonly value: unknown; readonly end: number } | undefined {
  let depth = 0;
  let isQuoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (isQuoted && character === "\\") at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === "{") depth++;
    else if (!isQuoted && character === "}" && --depth === 0) {
      try {
        return { value: JSON.parse(text.slice(start, at + 1)), end: at + 1 };
      } catch {
        return undefined;
      }
    }
  }
  return undefined;
}
