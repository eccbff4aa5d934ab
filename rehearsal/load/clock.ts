/**
 * Milliseconds of the machine's monotonic clock. Unlike `performance.now()` it has the same zero in every
 * process, so that a mark set by the parent and an answer seen by the generator can be compared.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** The wall clock's time of a moment of the monotonic clock, as ISO 8601. */
export function isoTime(atMs: number): string {
  return new Date(Date.now() - (monotonicMs() - atMs)).toISOString();
}
