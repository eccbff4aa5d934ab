interface Debuggable {
  debuggablePromise<T>(promise: Promise<T>, context?: unknown): Promise<T>;
}

/**
 * Replaces the SDK's list of the promises that it waits for. That one keeps a stack trace with each promise, which in a
 * large program costs a fifth of the time, and is read only when it is too late to tell the engine.
 */
export class OpenPromises {
  private readonly open = new Map<Promise<unknown>, unknown>();

  follow(debuggable: Debuggable): void {
    debuggable.debuggablePromise = async (promise, context) => {
      this.open.set(promise, context);
      try {
        return await promise;
      } finally {
        this.open.delete(promise);
      }
    };
  }

  /** Describes the resources that a program without anything left to do has not declared; undefined if none. */
  unfinished(): string | undefined {
    if (this.open.size === 0) return undefined;
    // The SDK's contexts are `resource:NAME[TYPE]`, and the path of a promise in a resource's inputs.
    const contexts = [...this.open.values()].map(String);
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

function matchesOf(texts: readonly string[], pattern: RegExp): string[][] {
  return texts.flatMap((text) => {
    const match = pattern.exec(text);
    return match === null ? [] : [match.slice(1)];
  });
}
