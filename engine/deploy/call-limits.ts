/** Seconds that an operation may take to stop after an abort. */
const GRACE_SECONDS = 10;
/** The longest delay that a Node.js timer supports. */
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
      // The slot passes directly to the next waiting operation, so that a new operation cannot take it.
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}

/**
 * Aborts an operation at its deadline or when the caller aborts. Fails if the operation does not stop within 10 s.
 */
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
