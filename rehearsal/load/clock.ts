/**
 * Returns milliseconds of the machine's monotonic clock.
 *
 * In contrast to `performance.now()`, all processes share the same zero, so times from different processes can be
 * compared.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

export function isoTime(atMs: number): string {
  return new Date(Date.now() - (monotonicMs() - atMs)).toISOString();
}
