import { z } from "zod";

const count = z.int().min(0);
const milliseconds = z.number().min(0);

/** A request fails at most once; the last two kinds are counted beside requests. */
export const failureKinds = [
  "connection",
  /** No complete answer within the limit, counted from the time at which the request fell due. */
  "timeout",
  "server-error",
  "unexpected-status",
  "dropped",
  "unfinished",
  /** The answer to an upload names other content than was sent. */
  "upload-cut",
  "socket-closed",
  "unacknowledged",
  /** A good status with a wrong body, or from instances of two colors. */
  "wrong-answer",
  /** A logged-in user got 401, or the session of another user. */
  "session-lost",
] as const;

export type FailureKind = (typeof failureKinds)[number];

const failure = z.object({
  at: z.iso.datetime(),
  kind: z.enum(failureKinds),
  user: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  status: z.int().optional(),
  color: z.string().optional(),
  detail: z.string(),
});

export type Failure = z.infer<typeof failure>;

const flip = z.object({
  from: z.string(),
  to: z.string(),
  startedAt: z.iso.datetime(),
  /** From the start of the flip to the first answer of the new color; null: there was none. */
  firstAnswerFromNewMs: milliseconds.nullable(),
  /** From the start of the flip to the last answer of the old color, up to the next flip; null: none came. */
  lastAnswerFromOldMs: milliseconds.nullable(),
  /** Null: the caller has not reported it. */
  resourcesChanged: count.nullable(),
  requests: count,
  failed: count,
  latencyMaxMs: milliseconds,
});

export type Flip = z.infer<typeof flip>;

const point = z.object({
  atSeconds: z.number().min(0),
  requests: count,
  failed: count,
  /** The longest latency, not an average: one slow request stays visible in a wide bucket. */
  maxMs: milliseconds,
  byColor: z.record(z.string(), count),
});

export type Point = z.infer<typeof point>;

/** The figures of a run; its outcome depends on nothing else. */
export const loadFiguresSchema = z.object({
  startedAt: z.iso.datetime(),
  durationSeconds: z.number().min(0),
  requests: z.object({
    /** Scheduled requests, uploads, WebSocket handshakes and WebSocket messages. */
    total: count,
    failed: count,
    /** The part of `failed` that was never sent, because the queue was full. */
    dropped: count,
    /** The part of `total` that is not settled yet; 0 after the end of the run. */
    unfinished: count,
    perSecond: z.number().min(0),
  }),
  sessions: z.object({
    total: count,
    /** Sessions that the system ended, not the user. */
    lost: count,
  }),
  uploads: z.object({
    total: count,
    /** Uploads without a good answer, or stored with other content than was sent. */
    cut: count,
  }),
  webSockets: z.object({ connections: count, reconnects: count, messages: count, acknowledged: count }),
  answers: z.object({
    wrong: count,
    byVersion: z.record(z.string(), count),
  }),
  /** `longestMs` is the longest of three: all requests, reads, writes. */
  stall: z.object({ longestMs: milliseconds, readsMs: milliseconds, writesMs: milliseconds }),
  /** From the intended start to the answer or failure; without uploads and requests that were never sent. */
  latency: z.object({
    p50Ms: milliseconds,
    p99Ms: milliseconds,
    maxMs: milliseconds,
    p99DuringFlipMs: milliseconds.nullable(),
  }),
  flips: z.array(flip),
  marks: z.array(z.object({ name: z.string(), at: z.iso.datetime() })),
  /** The first 100, and beyond those the first 10 of each kind. */
  failures: z.array(failure),
  failuresByKind: z.partialRecord(z.enum(failureKinds), count),
  series: z.object({ bucketSeconds: z.number().positive(), points: z.array(point) }),
  generator: z.object({
    /** Lateness of requests because the generator could not run. */
    lagP99Ms: milliseconds,
    lagMaxMs: milliseconds,
    eventLoopDelayP99Ms: milliseconds,
    eventLoopDelayMaxMs: milliseconds,
    loadAverage: z.number().min(0),
    /** Share of the run in which a process of the machine waited for a CPU; null: unknown. */
    cpuPressure: z.number().min(0).max(1).nullable(),
  }),
  /** The machine was too busy for reliable latencies. Failures still count. */
  noisy: z.boolean(),
  noisyReasons: z.array(z.string()),
});

export type LoadFigures = z.infer<typeof loadFiguresSchema>;
