/** Waits until every target of a retired color has finished its requests and left the target group. */

import { setTimeout as sleep } from "node:timers/promises";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { z } from "zod";
import { describeTargets } from "../../traffic/targets";
import { OperatorError } from "../operator-error";

const event = z.strictObject({
  check: z.literal("drained"),
  color: z.string().min(1),
  tier: z.string().min(1),
  targetGroupArn: z.string().startsWith("arn:"),
  /** Time limit in seconds, 1-900. The function's own time limit applies too. */
  timeoutSeconds: z.number().min(1).max(900),
  pollSeconds: z.number().min(0.05).max(60),
});

/** The state and the remedy after a drain check that failed. */
export const NOT_DRAINED = {
  state: "The tier behind it keeps its instances. Traffic was shifted before and stays where it is.",
  remedy: "Correct the cause and run `pulumi up` again.",
};

export interface DrainedResult {
  readonly color: string;
  readonly tier: string;
  readonly durationMs: number;
}

export function isDrainEvent(input: unknown): boolean {
  return typeof input === "object" && input !== null && "check" in input;
}

/** @throws Error when targets are left at the limit, with their states; or when the group cannot be described. */
export async function waitUntilDrained(
  input: unknown,
  client: ElasticLoadBalancingV2Client,
  remainingMs: number,
): Promise<DrainedResult> {
  const read = event.safeParse(input);
  if (!read.success)
    throw new Error(`The event of the drain check is invalid:\n${z.prettifyError(read.error)}`);
  const { color, tier, targetGroupArn, timeoutSeconds, pollSeconds } = read.data;
  const startedAt = Date.now();
  const deadline = startedAt + Math.min(timeoutSeconds * 1000, Math.max(0, remainingMs));
  for (;;) {
    const remaining = await describeTargets(client, targetGroupArn);
    const durationMs = Date.now() - startedAt;
    if (remaining.length === 0) return { color, tier, durationMs };
    if (Date.now() + pollSeconds * 1000 >= deadline) {
      const states = remaining.map(({ id, state }) => `${id} ${state}`).join(", ");
      throw new OperatorError("DrainCheckFailed", {
        cause: `The ${tier} tier of ${color} has not drained within ${Math.round(durationMs / 1000)} s: ${states}.`,
        ...NOT_DRAINED,
        remedy: "Run `pulumi up` again, or find out why those requests do not end.",
      });
    }
    await sleep(pollSeconds * 1000);
  }
}
