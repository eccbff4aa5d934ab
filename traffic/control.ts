import * as z from "zod";

const colorControl = z.object({
  targetGroupArn: z.string(),
  /** Absent if the color has no instances. */
  autoScalingGroupName: z.string().optional(),
  /** Names of the CloudWatch alarms of this color in this tier. */
  alarms: z.array(z.string()),
});

const tierControl = z.object({
  minInstances: z.number(),
  maxInstances: z.number(),
  url: z.string(),
  blue: colorControl,
  green: colorControl,
});

export const releaseControl = z.object({
  /** The prefix of the stack's names in AWS. */
  name: z.string(),
  region: z.string(),
  productionRuleArn: z.string(),
  listenerArn: z.string(),
  stickySeconds: z.number(),
  topicArn: z.string().optional(),
  rollbackWindowMinutes: z.number(),
  bakeMinutes: z.number(),
  tiers: z.object({ web: tierControl, app: tierControl }),
  /** Names of the CloudWatch alarms that concern the whole stack: release alarm, the team's and the database's. */
  alarms: z.array(z.string()),
  migrations: z.object({
    /** Files of the scripts that no update has applied yet. */
    pending: z.array(z.string()),
  }),
});

/**
 * Everything that the commands of a release need without the program: the ARNs and limits of one stack.
 *
 * The stack's output `control` has this type.
 */
export type ReleaseControl = Readonly<z.infer<typeof releaseControl>>;
