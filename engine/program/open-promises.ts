interface Debuggable {
  debuggablePromise<T>(promise: Promise<T>, context?: unknown): Promise<T>;
}

/**
 * Replaces the SDK's list of pending promises.
 *
 * The SDK keeps a stack trace for each promise, which takes a fifth of the run time of a large program, and reads the
 * list only after the connection to the engine is closed.
 */
export class OpenPromises {
  private readonly open = new Set<{ readonly context: unknown }>();

  follow(debuggable: Debuggable): void {
    debuggable.debuggablePromise = (promise, context) => {
      if (isOutput(context)) return promise;
      const entry = { context };
      this.open.add(entry);
      const close = () => this.open.delete(entry);
      promise.then(close, close);
      return promise;
    };
  }

  /**
   * Describes the resources that the program could not declare because a promise never resolves; undefined if there
   * are none.
   */
  unfinished(): string | undefined {
    if (this.open.size === 0) return undefined;
    // The SDK labels a pending promise `resource:NAME[TYPE]`, or with its path in a resource's inputs.
    const contexts = [...this.open].map(({ context }) => String(context));
    const resources = matchesOf(contexts, /^resource:(.+)\[(.+)\]$/).map(
      ([name, type]) => `${name} (${type})`,
    );
    const inputs = matchesOf(contexts, /^serializeProperty\.await\(Promise<resource:(.+?)\[.+?\](.*)>\)$/);
    if (resources.length === 0) return "The program ends while it waits for a promise that never resolves.";
    const reason =
      inputs.length > 0
        ? `A promise that never resolves is in ${inputs.map((path) => path.join("")).join(", ")}.`
        : "A promise or an output in its inputs never resolves, or two resources wait for each other.";
    return `The program ends before it has declared ${resources.join(", ")}. ${reason}`;
  }
}

/** A resource's outputs resolve with its registration, which has a promise of its own, and there are four for each output. */
function isOutput(context: unknown): boolean {
  return typeof context === "string" && context.startsWith("transfer");
}

function matchesOf(texts: readonly string[], pattern: RegExp): string[][] {
  return texts.flatMap((text) => {
    const match = pattern.exec(text);
    return match === null ? [] : [match.slice(1)];
  });
}
