import { z } from "zod";
import { namedCheck } from "../../traffic/checks";

const weights = z.strictObject({ blue: z.number().min(0), green: z.number().min(0) });
const arn = z.string().startsWith("arn:");

const event = z.strictObject({
  ruleArn: arn,
  /** Number of the shift. The rule's tags have it until traffic is shifted again. */
  serial: z.int().min(1),
  color: z.enum(["blue", "green"]),
  version: z.string().min(1),
  weights,
  weightsBefore: weights,
  targetGroupArns: z.strictObject({ blue: arn, green: arn }),
  stickySeconds: z.int().min(1),
  bakeMinutes: z.number().positive().max(240),
  alarms: z.array(z.string().min(1)).default([]),
  checks: z.array(namedCheck).default([]),
  /** Auto Scaling groups that keep at least their present size. */
  hold: z.array(z.string().min(1)).default([]),
  /** Color whose groups are held too. They are found by its target group and the stack's tag. */
  holdColor: z.enum(["blue", "green"]).optional(),
  actor: z.string().optional(),
  reason: z.string().optional(),
  gateResult: z.string().optional(),
  /** Number of this invocation in the chain, from 1. */
  step: z.int().min(1),
  steps: z.int().min(1),
  /** Result of the invocation before, as JSON. */
  previous: z.string().optional(),
  pollSeconds: z.number().min(0.02).max(60),
});

export type WatchEvent = z.infer<typeof event>;
export type WatchInput = z.input<typeof event>;

/** @throws Error that names every invalid key. */
export function readEvent(input: unknown): WatchEvent {
  const read = event.safeParse(input);
  if (read.success) return read.data;
  throw new Error(`The event of the watch is invalid:\n${z.prettifyError(read.error)}`);
}

const held = z.object({ group: z.string(), minSizeBefore: z.int(), heldMinSize: z.int() });

const gateResult = z.object({
  mode: z.enum(["forward", "rollback"]),
  finishedAt: z.iso.datetime().optional(),
  tiers: z.array(z.object({ held: held.optional() })).default([]),
});

/** True if the gate checked the shift as a rollback. */
export function isRollback({ gateResult: text }: Pick<WatchEvent, "gateResult">): boolean {
  const read = gateResult.safeParse(parseJson(text));
  return read.success && read.data.mode === "rollback";
}

/** The groups whose minimum the gate has raised for this shift. */
export function heldByGate({ gateResult: text }: Pick<WatchEvent, "gateResult">) {
  const { tiers = [] } = gateResult.safeParse(parseJson(text)).data ?? {};
  return tiers.flatMap(({ held: each }) => each ?? []);
}

/** Time at which the gate check ended and the traffic was shifted, in milliseconds since the epoch. */
export function gateFinishedAt({ gateResult: text }: Pick<WatchEvent, "gateResult">): number | undefined {
  const { finishedAt } = gateResult.safeParse(parseJson(text)).data ?? {};
  return finishedAt === undefined ? undefined : Date.parse(finishedAt);
}

const watchResult = z.object({
  outcome: z.enum(["watching", "baked", "skipped"]),
  serial: z.number(),
  color: z.string(),
  version: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Remarks, for example a group that could not be held. */
  remarks: z.array(z.string()),
});

/** Result of one invocation. The outcome `watching` continues in the next one. */
export type WatchResult = Readonly<z.infer<typeof watchResult>>;

export function previousResult({ previous }: Pick<WatchEvent, "previous">): WatchResult | undefined {
  const read = watchResult.safeParse(parseJson(previous));
  return read.success ? read.data : undefined;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
