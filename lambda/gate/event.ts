import { z } from "zod";
import { namedCheck } from "../../traffic/checks";

const tier = z.strictObject({
  /** Name in messages and in the result, such as `web`. */
  tier: z.string().min(1),
  targetGroupArn: z.string().startsWith("arn:"),
  /** URL of the load balancer, without a path. */
  url: z.url({ protocol: /^https?$/ }),
  /** Headers of the color's test rule. */
  headers: z.record(z.string(), z.string()).default({}),
  /** Host name in the certificate, if it differs from the host of the URL. */
  serverName: z.string().min(1).optional(),
  /** Host name of the requests: their Host header, and the name in the certificate unless `serverName` is given. */
  host: z.string().min(1).optional(),
  /** Path of the version report. */
  versionPath: z.string().startsWith("/").default("/version"),
  /** Name of the service that a report may contain. */
  service: z.string().min(1).optional(),
  /** True if reports count only with the id of an instance that is registered in the target group. */
  matchInstances: z.boolean().default(true),
  /** Minimum number of healthy targets. */
  minHealthy: z.int().min(1),
  /**
   * Target group of the other color. With more healthy targets there, this color needs more too, so that a flip does
   * not reduce the capacity.
   */
  otherTargetGroupArn: z.string().startsWith("arn:").optional(),
  /** Auto Scaling group of the color, whose desired capacity the gate raises. */
  autoScalingGroupName: z.string().min(1).optional(),
  maxInstances: z.int().min(1).optional(),
  /** Path of the deep health check, which every instance must answer with 200. */
  readinessPath: z.string().startsWith("/").optional(),
});

const arn = z.string().startsWith("arn:");
const weights = z.strictObject({ blue: z.number().min(0), green: z.number().min(0) });

/** The production rule, before and after the shift for which the color is checked. */
const production = z.strictObject({
  ruleArn: arn,
  targetGroupArns: z.strictObject({ blue: arn, green: arn }),
  serialBefore: z.int().min(0),
  weightsBefore: weights,
  serial: z.int().min(0),
  weights,
});

const event = z.strictObject({
  color: z.string().min(1),
  version: z.string().min(1),
  /** Share of the traffic that the color will receive, in percent. */
  sharePercent: z.number().min(0).max(100).default(100),
  /** Share of the traffic that the other color receives now, in percent. */
  otherSharePercent: z.number().min(1).max(100).default(100),
  tiers: z.array(tier).min(1),
  production: production.optional(),
  /** True if a watch follows, which restores the minimum of the groups when the shift has baked. */
  watched: z.boolean().default(false),
  alarms: z.array(z.string().min(1)).default([]),
  checks: z.array(namedCheck).default([]),
  /** Time until which the color served this version, or `now`. */
  servedUntil: z.union([z.literal("now"), z.iso.datetime({ offset: true })]).optional(),
  /** Within this many minutes after `servedUntil`, a return to the color counts as a rollback. */
  rollbackWindowMinutes: z.number().min(0).default(0),
  /** Time in seconds that an alarm has to leave ALARM after everything else is ready. */
  alarmGraceSeconds: z.number().min(0).max(900).default(90),
  /** Time limit in seconds, 1-900. The function's own time limit applies too. */
  timeoutSeconds: z.number().min(1).max(900),
  pollSeconds: z.number().min(0.05).max(60),
});

export type GateTier = z.infer<typeof tier>;
export type GateEvent = z.infer<typeof event>;
/** The event as it is sent, without defaults. */
export type GateInput = z.input<typeof event>;

/** @throws Error that names every invalid key. */
export function readEvent(input: unknown): GateEvent {
  const read = event.safeParse(input);
  if (read.success) return read.data;
  throw new Error(`The event of the gate check is invalid:\n${z.prettifyError(read.error)}`);
}
