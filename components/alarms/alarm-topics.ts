import { TOPIC_ARN } from "../validation/formats";

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
export const alarmTopicsSpec = {
  kind: "list",
  items: { kind: "string", format: TOPIC_ARN, input: true },
  requirement: {
    allowed: "at most 5 topics",
    holds: (topics: readonly unknown[]) => new Set(topics).size <= 5,
  },
  whenOmitted: "none",
  input: true,
} as const;
