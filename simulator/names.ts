import { UNKNOWN_INPUT } from "../engine/values/plain-values";
import { randomHex } from "./account";

/** The provider's rule for generating the name of a resource that declares none. */
export interface AutoName {
  /** The input that contains the name. */
  readonly property: string;
  /** AWS's limit for the length of the name. */
  readonly maxLength: number;
  readonly lowerCase?: boolean;
  /**
   * The input that contains a prefix for the name.
   *
   * @default no such input
   */
  readonly prefixProperty?: string;
}

type ResourceProperties = Readonly<Record<string, unknown>>;

const RANDOM_DIGITS = 7;
const GENERATED_NAME = new RegExp(`-[0-9a-f]{${RANDOM_DIGITS}}$`);

/**
 * Returns the declared name, else the present one if it was generated, else `<resource name>-<7 hex digits>`. Returns
 * undefined if a prefix is declared, because the name is then generated on creation.
 *
 * @throws Error if the resource's name is too long for the digits.
 */
export function nameFor(
  rule: AutoName,
  resourceName: string,
  olds: ResourceProperties,
  news: ResourceProperties,
): string | undefined {
  const given = news[rule.property];
  if (typeof given === "string") return given;
  if (rule.prefixProperty !== undefined && news[rule.prefixProperty] !== undefined) return undefined;
  const before = olds[rule.property];
  // A resource that an alias moves to another name keeps its generated name, as with the real provider.
  if (typeof before === "string" && GENERATED_NAME.test(before)) return before;
  const base = rule.lowerCase ? resourceName.toLowerCase() : resourceName;
  const name = `${base}-${randomHex(RANDOM_DIGITS)}`;
  if (name.length > rule.maxLength) {
    throw new Error(
      `${rule.property} must be at most ${rule.maxLength} characters, got ${name.length} ("${base}-" and ` +
        `${RANDOM_DIGITS} random digits). Give the resource a shorter name, or set ${rule.property}.`,
    );
  }
  return name;
}

/**
 * Generates a name from a declared prefix and random digits up to the limit, at most 26; undefined without a prefix.
 */
export function nameWithPrefix(rule: AutoName, inputs: ResourceProperties): string | undefined {
  const prefix = rule.prefixProperty === undefined ? undefined : inputs[rule.prefixProperty];
  if (typeof prefix !== "string" || prefix === UNKNOWN_INPUT) return undefined;
  const digits = Math.min(26, rule.maxLength - prefix.length);
  if (digits < 8) {
    throw new Error(
      `${rule.prefixProperty} must be at most ${rule.maxLength - 8} characters, got ${prefix.length} ("${prefix}"). ` +
        "Leave room for the random digits.",
    );
  }
  return prefix + randomHex(digits);
}
