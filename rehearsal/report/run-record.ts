import { z } from "zod";
import { loadFiguresSchema } from "../load/figures";

/** Version of the format. A change that an older reader cannot read raises it. */
export const RUN_RECORD_VERSION = 1;

const load = loadFiguresSchema.meta({ id: "load" });
const count = z.int().min(0);
const seconds = z.number().min(0);
const time = z.iso.datetime().describe("Time in UTC, by the clock of the machine that ran the rehearsal.");

const release = z.object({ color: z.string(), version: z.string() });

const trafficShare = z
  .object({ ...release.shape, percent: z.number().min(0).max(100) })
  .describe("Share of the traffic that a color receives, by the weights of the production rule.");

const migration = z.object({
  script: z.string().describe("Name of the script with its phase, such as `0002_split_name.expand`."),
  phase: z.enum(["expand", "contract"]),
  seconds,
  rows: count.optional().describe("Rows that its backfill changed. Absent if it has no backfill."),
  locks: z
    .array(z.object({ table: z.string(), mode: z.string() }))
    .optional()
    .describe("Locks that its header declares."),
  longestWaitMs: z.number().min(0).optional().describe("Longest observed wait of a client for its locks."),
});

const gateCheck = z.object({
  ...release.shape,
  passed: z.boolean(),
  seconds,
  tiers: z.array(z.object({ tier: z.string(), healthy: count, needed: count })),
});

const rollback = z
  .object({
    open: z.boolean(),
    to: release.optional().describe("The color and version that a rollback would shift the traffic to."),
    reason: z.string().optional().describe("A sentence that says why it is open or closed."),
  })
  .describe("Whether the traffic can be shifted back after the step.");

const step = z.object({
  title: z.string(),
  kind: z
    .enum(["first", "deploy", "canary", "flip", "rollback", "retire", "contract", "again", "outage", "other"])
    .describe(
      "`again` is a second update without a change; `outage` is a step during which no version serves.",
    ),
  startedAt: time,
  endedAt: time,
  changes: z.object({ create: count, update: count, replace: count, delete: count, same: count }).optional(),
  trafficBefore: z.array(trafficShare).optional(),
  trafficAfter: z.array(trafficShare).optional(),
  migrations: z.array(migration).optional(),
  gate: z.array(gateCheck).optional(),
  bakeSeconds: seconds.optional().describe("Time for which the watch observed the shift."),
  rollback: rollback.optional(),
  error: z.string().optional().describe("Message of the error that ended the step."),
});

const alarm = z.object({
  name: z.string(),
  color: z.string().optional(),
  states: z.array(
    z.object({
      at: time,
      state: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]),
      reason: z.string().optional(),
    }),
  ),
});

const instance = z.object({
  id: z.string(),
  tier: z.string(),
  color: z.string(),
  version: z.string().optional(),
  launchedAt: time,
  healthyAt: time.optional().describe("First time at which the load balancer found it healthy."),
  terminatingAt: time.optional(),
  terminationReason: z.string().optional(),
});

const loss = z.object({
  requestsFailed: count,
  sessionsLost: count,
  uploadsCut: count,
  wrongAnswers: count,
});

const fault = z.object({
  name: z.string(),
  summary: z.string().describe("A sentence that says what was done."),
  tolerated: z.string().describe("A sentence that says which losses count as passed."),
  expected: z.string(),
  actual: z.string(),
  lost: loss,
  noticed: z
    .array(z.object({ by: z.string(), afterSeconds: seconds.optional() }))
    .describe("Who noticed the fault (gate, watch, alarm, health check, Auto Scaling, users), and when."),
  recoveredAfterSeconds: seconds
    .nullable()
    .describe("Time from the fault until everything was well again. Null if it was not."),
  passed: z.boolean(),
  onAws: z.string().optional().describe("The difference to AWS."),
  startedAt: time.optional(),
  endedAt: time.optional(),
  load: load.optional(),
});

const strategy = z.object({
  name: z.enum(["stop", "streamlined", "window", "zero"]),
  title: z.string(),
  outageSeconds: seconds.describe("From the first failed request to the last one. 0 if none failed."),
  lost: loss,
  requests: count,
  recordsUnreadableSeconds: seconds.describe(
    "From the first failed read of a stored record to the last one. 0 if none failed.",
  ),
  releaseSeconds: seconds.describe("Duration of all steps."),
  isServing: z.boolean().describe("True if the new version answered requests after the release."),
  steps: z.array(step),
  load: load.optional(),
});

export type RecordedStrategy = z.infer<typeof strategy>;

const environment = z.object({
  cores: z.int().min(1),
  cpu: z.string().optional(),
  memoryGib: z.number().min(0),
  platform: z.string(),
  node: z.string(),
  changeover: z.string().describe("Version of the package that ran the rehearsal."),
  postgres: z.string().optional(),
  engine: z.enum(["cli", "in-process"]).describe("The Pulumi CLI, or the engine of this package."),
  commit: z.string().optional().describe("Commit of the checkout. Absent outside a git repository."),
  hasLocalChanges: z.boolean().optional().describe("True if the checkout differs from the commit."),
  command: z.string().describe("Command that repeats the run."),
  seed: z.int().describe("Seed of the load: the same seed gives the same requests in the same order."),
  requestsPerSecond: z.number().min(0),
  timeScale: z
    .number()
    .positive()
    .describe("Divisor of AWS's intervals, such as health checks; 1 is real time."),
  alarmTimeScale: z.number().positive().describe("Divisor of the periods of alarms."),
});

const schema = z
  .object({
    recordVersion: z.literal(RUN_RECORD_VERSION).describe("Version of this format."),
    application: z.string(),
    startedAt: time,
    endedAt: time,
    outcome: z.object({
      result: z
        .enum(["passed", "failed", "noisy"])
        .describe("`noisy`: passed, but the machine was too busy to judge latencies."),
      reasons: z.array(z.string()),
      proven: z.array(z.string()).describe("Sentences about what the run has shown."),
      notProven: z.array(z.string()).describe("Sentences about what it has not shown."),
    }),
    environment,
    releases: z.array(
      z.object({
        from: release,
        to: release,
        canaryPercent: z.number().optional(),
        bakeSeconds: seconds.optional(),
        rolledBack: z.boolean().describe("True if the release was rolled back once before it was completed."),
        contractThrough: z.string().optional(),
      }),
    ),
    steps: z.array(step),
    load: load.optional(),
    alarms: z.array(alarm).optional(),
    instances: z.array(instance).optional(),
    faults: z.array(fault).optional(),
    strategies: z.array(strategy).optional(),
    error: z
      .object({ message: z.string(), step: z.string().optional(), at: time })
      .optional()
      .describe("The error that ended the run early."),
  })
  .describe(
    "A rehearsal: everything that a report of it shows. Parts that a run does not have are absent. Contains no secrets.",
  );

/** A rehearsal as one plain object, from which terminal, page, Markdown and JSON are rendered. */
export type RunRecord = z.infer<typeof schema>;

export type RecordedStep = RunRecord["steps"][number];
export type RecordedMigration = z.infer<typeof migration>;
export type RecordedGateCheck = z.infer<typeof gateCheck>;
export type RecordedFault = z.infer<typeof fault>;
export type RecordedAlarm = z.infer<typeof alarm>;
export type RecordedInstance = z.infer<typeof instance>;
export type TrafficShare = z.infer<typeof trafficShare>;

export const runRecordSchema = schema;

/** The published JSON schema (draft 2020-12). Readers accept keys that later versions add. */
export function runRecordJsonSchema(): object {
  return z.toJSONSchema(schema, {
    io: "input",
    // The pattern repeats `format` in hundreds of characters.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
    },
  });
}

/** A file that contains no record of a rehearsal; the message lists every wrong key. */
export class RunRecordError extends Error {
  override readonly name = "RunRecordError";
}

/** Reads a record that `changeover rehearse --json` wrote. @throws RunRecordError */
export function parseRunRecord(file: string, text: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RunRecordError(`${file} must be JSON: ${(error as Error).message}.`);
  }
  const version = (value as { recordVersion?: unknown } | null)?.recordVersion;
  if (version !== RUN_RECORD_VERSION) {
    const got = version === undefined ? "nothing" : JSON.stringify(version);
    throw new RunRecordError(
      `${file}: recordVersion must be ${RUN_RECORD_VERSION}, got ${got}. ` +
        "Use a file of `changeover rehearse --json`, and the version of changeover that wrote it.",
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${file}: ${path.join(".")}: ${message}.`);
  throw new RunRecordError(problems.join("\n"));
}
