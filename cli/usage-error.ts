/** A rejected option or argument. No field may contain a secret, because all are printed. */
export interface UsageIssue {
  /** The option as the user types it, such as `--rate`. */
  readonly key: string;
  readonly allowed: string;
  readonly got: string;
}

/** Thrown for rejected options or arguments, before the command starts any work. */
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

/** Thrown if a file, a revision or a tool that the command needs is missing or unusable. */
export class InputError extends Error {
  override readonly name = "InputError";
}
