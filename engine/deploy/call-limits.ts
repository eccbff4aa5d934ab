/** How long an operation may take to stop once it was told to. */
const GRACE_SECONDS = 10;
/** The longest that a timer of Node can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** An operation was told to stop and did not; nobody knows how it ends. */
export class StillRunningError extends Error {}

/** Lets a number of operations run at a time, in the order in which they come. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await operation();
    } finally {
      // The slot goes straight to the next one, so that nobody can slip in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/** Tells an operation to stop when its time is over or the caller gave up, and waits for it a little longer. */
export async function withDeadline<T>(
  operation: (signal: AbortSignal) => Promise<T>,
  seconds: number,
  aborted: AbortSignal,
): Promise<T> {
  const overdue = new AbortController();
  const signal = AbortSignal.any([aborted, overdue.signal]);
  const deadline = setTimeout(
    () => overdue.abort(new Error(`It took longer than ${seconds} s.`)),
    Math.min(seconds * 1000, LONGEST_MS),
  );
  let grace: NodeJS.Timeout | undefined;
  let giveUp = () => {};
  const gaveUp = new Promise<never>((_resolve, reject) => {
    giveUp = () => {
      const why = aborted.aborted ? "after the update was aborted" : `after its ${seconds} s were over`;
      const error = new StillRunningError(`It did not stop ${why}; what it was doing may still happen.`);
      grace = setTimeout(() => reject(error), GRACE_SECONDS * 1000);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp);
  });
  try {
    return await Promise.race([operation(signal), gaveUp]);
  } finally {
    signal.removeEventListener("abort", giveUp);
    clearTimeout(deadline);
    clearTimeout(grace);
  }
}
