/** What the gate is asked, read from outside and therefore checked. */

import { z } from "zod";

const tier = z.strictObject({
  /** Name in messages and in the result, such as `web`. */
  tier: z.string().min(1),
  targetGroupArn: z.string().startsWith("arn:"),
  /** Of the load balancer, without path; `/version` is asked there. */
  url: z.url({ protocol: /^https?$/ }),
  /** Headers that select the color's own rule. */
  headers: z.record(z.string(), z.string()).default({}),
  /** The certificate's name, when the URL names the load balancer by another one. */
  serverName: z.string().min(1).optional(),
  /** Healthy targets that the color needs at least. */
  minHealthy: z.int().min(1),
  /** The other color's group: what that has scaled out to is needed here too, so that no flip shrinks a fleet. */
  otherTargetGroupArn: z.string().startsWith("arn:").optional(),
});

const event = z.strictObject({
  color: z.string().min(1),
  version: z.string().min(1),
  /** Share of the users that the color is to get, in percent. */
  sharePercent: z.number().min(0).max(100).default(100),
  /** Share of the users that the other color has now, in percent. */
  otherSharePercent: z.number().min(1).max(100).default(100),
  tiers: z.array(tier).min(1),
  /** 1-900; the Lambda's own limit holds too. */
  timeoutSeconds: z.number().min(1).max(900),
  pollSeconds: z.number().min(0.05).max(60),
});

export type GateTier = z.infer<typeof tier>;
export type GateEvent = z.infer<typeof event>;

/** @throws one error that names every key that is wrong */
export function readEvent(input: unknown): GateEvent {
  const read = event.safeParse(input);
  if (read.success) return read.data;
  throw new Error(`The gate's event is not usable:\n${z.prettifyError(read.error)}`);
}
