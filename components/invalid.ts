/** The one way in which a component refuses its args: which one, what was got, what is allowed, what to do. */
export interface Refusal {
  /** The component and its arg, e.g. `BlueGreenFleet "web": minInstances`. */
  readonly what: string;
  /** The value as it was given, or words where no value says it. */
  readonly got: unknown;
  /** What would be taken, in words. */
  readonly allowed: string;
  /** A sentence in the imperative. Default: none. */
  readonly todo?: string;
}

/** What was got, in words: shown without quotes. */
export class Words {
  constructor(readonly text: string) {}
}

/** Thrown before any resource of the component is declared. */
export class InvalidArgumentError extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusalSentence(refusal));
    this.name = "InvalidArgumentError";
  }
}

export function refusalSentence({ what, got, allowed, todo }: Refusal): string {
  return `${what}: got ${shown(got)}; allowed is ${allowed}.${todo ? ` ${todo}` : ""}`;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value instanceof Words) return value.text;
  // As JSON, a number that is none would read "null".
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return JSON.stringify(value) ?? String(value);
}

/** A whole number in a closed range, or an {@link InvalidArgumentError}. `undefined` passes: it means the default. */
export function checkWhole(what: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new InvalidArgumentError({ what, got: value, allowed: `a whole number from ${min} to ${max}` });
  }
}

/** What Pulumi appends to a name it makes: a hyphen and seven hex digits. */
const AUTO_NAME_SUFFIX_LENGTH = 8;

/**
 * Load balancers and target groups have names of at most 32 characters, of letters, digits and hyphens, and Pulumi
 * appends eight to ours, so that a replacement can stand beside what it replaces.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
 */
export function checkName(component: string, name: string, longestSuffix = ""): void {
  const longest = 32 - AUTO_NAME_SUFFIX_LENGTH - longestSuffix.length;
  const isTooLong = name.length > longest;
  if (isTooLong || !/^[a-zA-Z][a-zA-Z0-9-]*$/.test(name) || name.startsWith("internal-")) {
    throw new InvalidArgumentError({
      what: `${component} name`,
      got: name,
      allowed: `1 to ${longest} letters, digits and hyphens, starting with a letter and not with internal- (AWS bounds names to 32 characters, and ${32 - longest} are appended)`,
      todo: isTooLong ? "Give a shorter name." : "Give another name.",
    });
  }
}
