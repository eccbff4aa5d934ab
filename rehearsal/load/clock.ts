/**
 * Milliseconds of the machine's monotonic clock. Unlike `performance.now()` it has the same zero in every process, so
 * times of the caller and of the generator can be compared.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

export function isoTime(atMs: number): string {
  return new Date(Date.now() - (monotonicMs() - atMs)).toISOString();
}
