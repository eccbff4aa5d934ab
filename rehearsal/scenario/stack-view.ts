import { z } from "zod";
import type { RecordedStep, TrafficShare } from "../report/run-record";

const color = z.enum(["blue", "green"]);

/** The outputs that a rehearsal shows. Another program may have none of them. */
const outputs = z.object({
  weights: z.object({ blue: z.number(), green: z.number() }).optional().catch(undefined),
  versions: z
    .object({ blue: z.string().optional(), green: z.string().optional() })
    .optional()
    .catch(undefined),
  rollback: z.object({ open: z.boolean(), color, reason: z.string() }).optional().catch(undefined),
});

/** The part of a stack's outputs that says which version serves, and if a rollback is possible. */
export interface StackView {
  readonly traffic?: TrafficShare[];
  readonly rollback?: RecordedStep["rollback"];
}

export function stackViewOf(stackOutputs: unknown): StackView {
  const { weights, versions = {}, rollback } = outputs.parse(stackOutputs);
  const traffic =
    weights &&
    color.options.flatMap((each): TrafficShare[] =>
      weights[each] > 0 ? [{ color: each, version: versions[each] ?? "?", percent: weights[each] }] : [],
    );
  const version = rollback && versions[rollback.color];
  return {
    ...(traffic && traffic.length > 0 ? { traffic } : {}),
    ...(rollback
      ? {
          rollback: {
            open: rollback.open,
            reason: rollback.reason,
            ...(version === undefined ? {} : { to: { color: rollback.color, version } }),
          },
        }
      : {}),
  };
}
