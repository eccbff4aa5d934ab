/** One rejected option or argument. No part of it may hold a secret. */
export interface UsageIssue {
  /** The option as it is typed, such as `--rate`. */
  readonly key: string;
  readonly allowed: string;
  readonly got: string;
}

/** Options or arguments are rejected, before anything is started. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  constructor(
    message: string,
    readonly issues: readonly UsageIssue[] = [],
  ) {
    super(message);
  }

  static of(...issues: readonly UsageIssue[]): UsageError {
    const sentences = issues.map(({ key, allowed, got }) => `${key} must be ${allowed}, got ${got}.`);
    return new UsageError(sentences.join("\n"), issues);
  }
}

/** A file, a revision or a tool that a command reads cannot be used. */
export class InputError extends Error {
  override readonly name = "InputError";
}
