/** Seconds that an operation may take to stop once it was aborted. */
const GRACE_SECONDS = 10;
/** The longest time that a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await operation();
    } finally {
      // The slot passes straight to the next operation, so that a later one cannot take it first.
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}

/** Aborts an operation after a time or when the caller aborts, and fails if it does not stop within 10 s. */
export async function withDeadline<T>(
  operation: (signal: AbortSignal) => Promise<T>,
  seconds: number,
  aborted: AbortSignal,
): Promise<T> {
  const overdue = new AbortController();
  const signal = AbortSignal.any([aborted, overdue.signal]);
  const deadline = setTimeout(
    () => overdue.abort(new Error(`The operation took longer than ${seconds} s.`)),
    Math.min(seconds * 1000, MAX_TIMER_MS),
  );
  let grace: NodeJS.Timeout | undefined;
  let startGrace = () => {};
  const stillRunning = new Promise<never>((_resolve, reject) => {
    startGrace = () => {
      const reason = aborted.aborted ? "the update was aborted" : `${seconds} s`;
      const error = new Error(`The operation did not stop after ${reason}; it may still take effect.`);
      grace = setTimeout(() => reject(error), GRACE_SECONDS * 1000);
    };
    if (signal.aborted) startGrace();
    else signal.addEventListener("abort", startGrace);
  });
  try {
    return await Promise.race([operation(signal), stillRunning]);
  } finally {
    signal.removeEventListener("abort", startGrace);
    clearTimeout(deadline);
    clearTimeout(grace);
  }
}
