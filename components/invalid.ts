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
  if (isEventual(value)) return "an output";
  if (Array.isArray(value)) return `[${value.map(shown).join(",")}]`;
  // As JSON, a number that is none would read "null".
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return JSON.stringify(value) ?? String(value);
}

/** Whether a value is one of Pulumi's outputs, or a promise: known later, or never in a preview. */
export function isEventual(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "__pulumiOutput" in value || value instanceof Promise || isUnknown(value);
}

/** What programs in other languages give in a preview for a value that is not known: one object for all. */
function isUnknown(value: object): boolean {
  return "__pulumiUnknown" in value;
}

/** Whether two inputs are the same as far as one can tell: the same plain value, or the same output. */
export function isSame(one: unknown, other: unknown): boolean {
  return one === other && !(typeof one === "object" && one !== null && isUnknown(one));
}

/** Whether no two of them are the same, as far as one can tell. */
export function areDistinct(values: readonly unknown[]): boolean {
  return values.every((value, index) => !values.slice(0, index).some((earlier) => isSame(earlier, value)));
}

/** What a value must be. */
export interface Rule<T> {
  /** In words. */
  readonly allowed: string;
  readonly holds: (value: T) => boolean;
  /** What to do otherwise. Default: nothing that the words do not say. */
  readonly todo?: string;
  /** Whether the value may be a secret, and is not shown. Default: no. */
  readonly isSecret?: boolean;
}

/** Refuses a value that breaks a rule. `undefined` passes: it means the default. */
export function check<T>(
  what: string,
  value: T | undefined,
  { allowed, holds, todo, isSecret }: Rule<T>,
): void {
  if (value === undefined || holds(value)) return;
  throw new InvalidArgumentError({ what, got: isSecret ? new Words("another value") : value, allowed, todo });
}

/** A text that matches a pattern as a whole. */
export function text(pattern: RegExp, allowed: string, todo?: string): Rule<string> {
  return { allowed, todo, holds: (value) => pattern.test(value) };
}

/** A whole number in a closed range. */
export function whole(min: number, max: number): Rule<number> {
  const holds = (value: number) => Number.isInteger(value) && value >= min && value <= max;
  return { allowed: `a whole number from ${min} to ${max}`, holds };
}

/** A whole number in a closed range, or an {@link InvalidArgumentError}. `undefined` passes: it means the default. */
export function checkWhole(what: string, value: number | undefined, min: number, max: number): void {
  check(what, value, whole(min, max));
}

/** Refuses the second of two that are called the same. */
export function checkEachOnce(what: string, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) < index);
  if (twice === undefined) return;
  const todo = "Remove one, or give it another name.";
  throw new InvalidArgumentError({
    what,
    got: new Words(`${JSON.stringify(twice)} twice`),
    allowed: "each once",
    todo,
  });
}

/** What Pulumi appends to a name it makes: a hyphen and seven hex digits. */
const AUTO_NAME_SUFFIX_LENGTH = 8;

/** The longest name that AWS takes of a kind of resource, with what a component appends to its own name. */
export interface NameLimit {
  /** Default: 32, of load balancers and target groups. */
  readonly most?: number;
  /** Default: nothing. */
  readonly suffix?: string;
}

/**
 * Load balancers and target groups have names of at most 32 characters, of letters, digits and hyphens, and Pulumi
 * appends eight to ours, so that a replacement can stand beside what it replaces. Others may be longer; that security
 * groups begin with `sg-` is refused for all.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
 */
export function checkName(component: string, name: string, { most = 32, suffix = "" }: NameLimit = {}): void {
  const longest = most - AUTO_NAME_SUFFIX_LENGTH - suffix.length;
  const isTooLong = name.length > longest;
  if (isTooLong || !/^(?!internal-|sg-)[a-zA-Z][a-zA-Z0-9-]*$/.test(name)) {
    throw new InvalidArgumentError({
      what: `${component} name`,
      got: name,
      allowed: `1 to ${longest} letters, digits and hyphens, starting with a letter and not with internal- or sg- (AWS bounds names to ${most} characters, and ${most - longest} are appended)`,
      todo: isTooLong ? "Give a shorter name." : "Give another name.",
    });
  }
}
