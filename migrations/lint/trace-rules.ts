/**
 * Rules of the trace, which runs the scripts. The lint accepts their suppressions without a finding of its own, because
 * it cannot see what they suppress.
 */
export const TRACE_RULES: readonly string[] = [
  "undeclared-lock",
  "rewrite-in-code",
  "scan-under-lock",
  "rows-locked-by-code",
  "breaks-code",
  "backfill-scan",
  "backfill-lock",
];
