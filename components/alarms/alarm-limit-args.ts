import type { ArgsSpec } from "../validation/args-spec";

/** The limits beyond which the alarms of a release go off. */
export interface AlarmLimitArgs {
  /**
   * The share of 5xx responses that is tolerated, from a color's targets or from a load balancer itself, in percent,
   * 0-100.
   *
   * The alarm goes off when two consecutive minutes exceed it.
   *
   * @default 1
   */
  errorPercent?: number;
  /**
   * The limit of a color's response times in ms at `slowPercentile`, 1-4000000.
   *
   * The alarm goes off when three consecutive minutes exceed it.
   *
   * @default 1000
   */
  slowMs?: number;
  /**
   * The percentile of the response times that `slowMs` limits, 50-99.9.
   *
   * CloudWatch cannot tell long requests (uploads, streams) from others. Choose a percentile below which no long
   * request lies: 95 if fewer than 5 % of the requests are long. A minute with fewer than 10 / (1 - percentile / 100)
   * responses (200 at 95) does not change the alarm.
   *
   * @default 95
   */
  slowPercentile?: number;
  /**
   * The consecutive minutes without any request after which a load balancer has an alarm, 1-60, or 0 for no alarm.
   *
   * Set it only if the load balancers of all tiers receive requests in every minute.
   *
   * @default 0
   */
  noRequestsMinutes?: number;
}

/** The limit is the maximum idle timeout of a load balancer, 4000 seconds. */
const MAX_SLOW_MS = 4_000_000;

export const alarmLimitsSpec = {
  errorPercent: { kind: "number", min: 0, max: 100, default: 1 },
  slowMs: { kind: "integer", min: 1, max: MAX_SLOW_MS, default: 1000 },
  slowPercentile: { kind: "number", min: 50, max: 99.9, default: 95 },
  noRequestsMinutes: { kind: "integer", min: 0, max: 60, default: 0 },
} as const satisfies ArgsSpec<AlarmLimitArgs>;
