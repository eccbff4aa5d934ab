import type * as pulumi from "@pulumi/pulumi";

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

/** Thrown before any resource of the component is declared. Pulumi shows its message alone, without a stack. */
export class InvalidArgumentError extends Error {
  /** By this Pulumi knows its `RunError`; plain code that checks args does without the SDK. */
  readonly __pulumiRunError = true;

  constructor(readonly refusal: Refusal) {
    super(refusalSentence(refusal));
    this.name = "InvalidArgumentError";
  }

  /** Pulumi's runner inspects an error before it asks what kind it is, and would walk through the whole program. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
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
  // The content of a file in place of its path; it may hold a key.
  if (typeof value === "string" && (value.length > 256 || value.split("\n").length > 2))
    return `a text of ${value.length} characters`;
  // As JSON, a number that is none would read "null".
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return JSON.stringify(value) ?? String(value);
}

/** Whether a value is one of Pulumi's outputs, or a promise: known later, or never in a preview. */
export function isEventual(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  // The last is what programs in other languages give in a preview for a value that is not known.
  return "__pulumiOutput" in value || value instanceof Promise || "__pulumiUnknown" in value;
}

/**
 * Whether a plain text holds what stands for a value in changeover's preview without a cloud: `<Vpc:shop-vpc.id>`,
 * `<getVpc(default=true).id>`, `[encrypted config value 0123456789ab]`. No id, ARN or name that AWS makes has angle
 * brackets; a `<your-vpc-id>` that nobody filled in is none of these.
 */
export function isStandIn(value: unknown): boolean {
  return typeof value === "string" && STAND_IN.test(value);
}

const STAND_IN = /<(new )?\w+(:[^<>]+|\([^<>]*\))?\.[\w.[\]]+>|\[encrypted config value \w+\]/;

/** Whether a value is known later, or never here: there is nothing in it to check yet. */
export function isLate(value: unknown): boolean {
  return isEventual(value) || isStandIn(value);
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

/**
 * Refuses a plain value that breaks a rule. `undefined` passes: it means the default. Outputs and promises pass, too:
 * what comes from another resource is right, in a unit test it is whatever the mocks say.
 */
export function check<T>(
  what: string,
  value: T | Eventual | undefined,
  { allowed, holds, todo, isSecret }: Rule<T>,
): void {
  if (value === undefined || isLate(value) || holds(value as T)) return;
  throw new InvalidArgumentError({ what, got: isSecret ? new Words("another value") : value, allowed, todo });
}

type Eventual = pulumi.OutputInstance<unknown> | Promise<unknown>;

/** Another value than this one. */
export function otherThan(one: unknown, allowed: string): Rule<unknown> {
  return { allowed, holds: (other) => other !== one };
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

/** Refuses the second of two that are called the same. What is not known yet may turn out to differ. */
export function checkEachOnce(what: string, values: readonly unknown[]): void {
  const known = values.filter((value) => !isLate(value));
  const twice = known.find((value, index) => known.indexOf(value) < index);
  if (twice === undefined) return;
  const todo = "Remove one, or give it another name.";
  throw new InvalidArgumentError({
    what,
    got: new Words(`${JSON.stringify(twice)} twice`),
    allowed: "each once",
    todo,
  });
}
