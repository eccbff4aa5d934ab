import { UsageError, type UsageIssue } from "./usage-error";

/** Reads the values of options and collects what is rejected, so that one error names all of it. */
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

  /** Collects the issues of a UsageError. The value is undefined then, and `result` throws. */
  collect<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.issues.push(...error.issues);
      return undefined as Value;
    }
  }

  /** Gives the value back if nothing was rejected. @throws UsageError */
  result<Value>(value: Value): Value {
    if (this.issues.length > 0) throw UsageError.of(...this.issues);
    return value;
  }
}

/** `"a"`, or `nothing`. */
export function quote(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text);
}

/** `a, b or c` */
export function listOf(choices: readonly string[]): string {
  return [choices.slice(0, -1).join(", "), ...choices.slice(-1)].filter(Boolean).join(" or ");
}
