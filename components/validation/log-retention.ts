import type { Requirement } from "./args-spec";
import { requirementIssue } from "./find-issues";

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The periods that CloudWatch allows for a log group. */
export const LOG_RETENTION: Requirement<number> = {
  allowed: `a retention that CloudWatch allows (${RETENTION_DAYS.join(", ")})`,
  holds: (days) => RETENTION_DAYS.includes(days),
  remedy: "Choose the next longer one.",
};

/** Checks the arg `logRetentionDays` of a component with a function. */
export const logRetentionCheck = {
  reads: ["logRetentionDays"],
  check: ({ logRetentionDays }: { logRetentionDays?: number }) => [
    requirementIssue("logRetentionDays", logRetentionDays, LOG_RETENTION),
  ],
} as const;
