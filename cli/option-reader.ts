import { UsageError, type UsageIssue } from "./usage-error";

/** Validates the values of options. It collects all issues, so that one error can list them together. */
export class OptionReader {
  private readonly issues: UsageIssue[] = [];

  reject(key: string, allowed: string, got: string): void {
    this.issues.push({ key, allowed, got });
  }

  wholeNumber(key: string, text: string, { min, max }: { min: number; max: number }): number {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.reject(key, `a whole number from ${min} to ${max}`, quote(text));
    return min;
  }

  oneOf<Choice extends string>(key: string, text: string, choices: readonly Choice[]): Choice | undefined {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.reject(key, listOf(choices), quote(text));
    return found;
  }

  /**
   * Runs `read` and collects the issues of its UsageError. After an issue the value is undefined, and `result` will
   * throw.
   */
  collect<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.issues.push(...error.issues);
      return undefined as Value;
    }
  }

  /** Returns the value if nothing was rejected. @throws UsageError with all issues */
  result<Value>(value: Value): Value {
    if (this.issues.length > 0) throw UsageError.of(...this.issues);
    return value;
  }
}

/** Quotes a text: `"a"`. Returns the word `nothing` for undefined. */
export function quote(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text);
}

/** Formats a list of choices: `a, b or c`. */
export function listOf(choices: readonly string[]): string {
  return [choices.slice(0, -1).join(", "), ...choices.slice(-1)].filter(Boolean).join(" or ");
}
