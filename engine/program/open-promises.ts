interface Debuggable {
  debuggablePromise<T>(promise: Promise<T>, context?: unknown): Promise<T>;
}

/**
 * The promises that the SDK waits for. Its own list keeps a stack with each of them, which in a large program costs a
 * fifth of the time, and is read when the process is about to end: too late to tell the engine.
 */
export class OpenPromises {
  readonly #open = new Map<Promise<unknown>, unknown>();

  /** Takes the place of the SDK's list. */
  follow(debuggable: Debuggable): void {
    debuggable.debuggablePromise = async (promise, context) => {
      this.#open.set(promise, context);
      try {
        return await promise;
      } finally {
        this.#open.delete(promise);
      }
    };
  }

  /** Why a program that has nothing left to do is not finished; undefined if it is. */
  complaint(): string | undefined {
    if (this.#open.size === 0) return undefined;
    // The SDK's words for what it waits for: `resource:NAME[TYPE]`, and where in its inputs a promise stands.
    const contexts = [...this.#open.values()].map(String);
    const resources = parts(contexts, /^resource:(.+)\[(.+)\]$/).map(([name, type]) => `${name} (${type})`);
    const inputs = parts(contexts, /^serializeProperty\.await\(Promise<resource:(.+?)\[.+?\](.*)>\)$/);
    if (resources.length === 0) return "The program ends, but something that it waits for never resolves.";
    const why =
      inputs.length > 0
        ? `A promise that never resolves is in ${inputs.map((path) => path.join("")).join(", ")}.`
        : "A promise or an output in its inputs never resolves, or two resources wait for each other.";
    return `The program ends before it has declared ${resources.join(", ")}. ${why}`;
  }
}

function parts(texts: readonly string[], pattern: RegExp): string[][] {
  return texts.flatMap((text) => {
    const match = pattern.exec(text);
    return match === null ? [] : [match.slice(1)];
  });
}
