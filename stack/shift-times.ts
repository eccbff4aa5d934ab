import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { WatchStep } from "../components";
import type { ColorCheck } from "./traffic";

/** The times of a traffic shift, from the results of its steps. Unknown in a preview. */
export interface ShiftTimes {
  readonly started?: string;
  /** The time when the gate check passed, and the other color lost its traffic. */
  readonly shifted?: string;
  readonly finished?: string;
}

const stepResult = z.object({ startedAt: z.string().optional(), finishedAt: z.string().optional() });

export function shiftTimes(
  checks: readonly ColorCheck[],
  watch: WatchStep | undefined,
): pulumi.Output<ShiftTimes> {
  const results = checks.filter(({ done }) => !done).map(({ check }) => check.result);
  return pulumi.all([pulumi.all(results), watch?.result]).apply(([gates, baked]): ShiftTimes => {
    const [gate = {}] = gates.map(timesOf);
    const { finishedAt } = baked === undefined ? {} : timesOf(baked);
    const times = {
      started: gate.startedAt,
      shifted: gate.finishedAt,
      finished: finishedAt ?? gate.finishedAt,
    };
    return Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined));
  });
}

function timesOf(result: string): z.infer<typeof stepResult> {
  try {
    return stepResult.safeParse(JSON.parse(result)).data ?? {};
  } catch {
    return {};
  }
}
