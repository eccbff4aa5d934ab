import { z } from "zod";

const count = z.int().min(0);
const milliseconds = z.number().min(0);

/** Kinds of failures. A request fails at most once; the last two kinds do not count as failed requests. */
export const failureKinds = [
  "connection",
  /** No complete answer within the time limit, which starts when the request is due. */
  "timeout",
  "server-error",
  "unexpected-status",
  "dropped",
  "unfinished",
  /** The answer to an upload has a different hash or length than the content that was sent. */
  "upload-cut",
  "socket-closed",
  "unacknowledged",
  /** An answer with a good status but other content than expected, or from instances of two colors. */
  "wrong-answer",
  /** A logged-in user received 401, or the session of another user. */
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
  version: z.string().optional(),
  instance: z.string().optional(),
  detail: z.string(),
});

export type Failure = z.infer<typeof failure>;

const flip = z.object({
  from: z.string(),
  to: z.string(),
  startedAt: z.iso.datetime(),
  /** Time from the start of the flip to the first answer of the new color. Null if there was none. */
  firstAnswerFromNewMs: milliseconds.nullable(),
  /**
   * Time from the start of the flip to the last answer of the old color before the next flip. Null if there was none.
   */
  lastAnswerFromOldMs: milliseconds.nullable(),
  /** Number of resources that the update changed. Null until the update has finished. */
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
  /** Latencies of the interval, rounded up to 5 %. Null if no request was answered or failed in it. */
  p50Ms: milliseconds.nullable(),
  p99Ms: milliseconds.nullable(),
  /** Longest latency of the interval. An average would hide a single slow request. */
  maxMs: milliseconds,
  byColor: z.record(z.string(), count),
  /** Answers by color and version, such as `blue 1.0.0`. */
  byVersion: z.record(z.string(), count),
});

export type Point = z.infer<typeof point>;

/** Figures of a run. The outcome is derived from them alone. */
export const loadFiguresSchema = z.object({
  startedAt: z.iso.datetime(),
  durationSeconds: z.number().min(0),
  requests: z.object({
    /** Number of scheduled requests, uploads, WebSocket handshakes and WebSocket messages. */
    total: count,
    failed: count,
    /** Failed requests that were never sent, because the queue was full. Included in `failed`. */
    dropped: count,
    /** Requests that are still open. Included in `total`; 0 at the end of a run. */
    unfinished: count,
    perSecond: z.number().min(0),
  }),
  sessions: z.object({
    total: count,
    /** Sessions that ended although the user had not logged out. */
    lost: count,
  }),
  uploads: z.object({
    total: count,
    /** Uploads that were not confirmed, or were stored with other content than was sent. */
    cut: count,
  }),
  webSockets: z.object({ connections: count, reconnects: count, messages: count, acknowledged: count }),
  /** Records that the load stored, and the requests that read them back. */
  records: z.object({
    stored: count,
    reads: count,
    /** Reads that failed, or whose answer was wrong. */
    failedReads: count,
    /** Time from the first failed read to the last one. Null if none failed. */
    failedSpan: z
      .object({ firstAt: z.iso.datetime(), lastAt: z.iso.datetime(), seconds: z.number().min(0) })
      .nullable(),
  }),
  answers: z.object({
    wrong: count,
    /** Good answers that named neither a color nor a version that one color has. */
    unattributed: count,
    byVersion: z.record(z.string(), count),
  }),
  /** Longest stall of all requests (`longestMs`), of reads and of writes. */
  stall: z.object({ longestMs: milliseconds, readsMs: milliseconds, writesMs: milliseconds }),
  /** Time from the intended start to the answer or failure. Excludes uploads and requests that were never sent. */
  latency: z.object({
    p50Ms: milliseconds,
    p99Ms: milliseconds,
    maxMs: milliseconds,
    p99DuringFlipMs: milliseconds.nullable(),
  }),
  flips: z.array(flip),
  marks: z.array(z.object({ name: z.string(), at: z.iso.datetime() })),
  /** Details of the first 100 failures, and beyond those of the first 10 of each kind. */
  failures: z.array(failure),
  /** Time from the first failed request to the last one. Null if no request failed. */
  failureSpan: z
    .object({ firstAt: z.iso.datetime(), lastAt: z.iso.datetime(), seconds: z.number().min(0) })
    .nullable(),
  failuresByKind: z.partialRecord(z.enum(failureKinds), count),
  series: z.object({ bucketSeconds: z.number().positive(), points: z.array(point) }),
  generator: z.object({
    /** Delay of requests that the generator itself caused. */
    lagP99Ms: milliseconds,
    lagMaxMs: milliseconds,
    eventLoopDelayP99Ms: milliseconds,
    eventLoopDelayMaxMs: milliseconds,
    loadAverage: z.number().min(0),
    /** Share of the run in which a process of the machine waited for a CPU. Null if unknown. */
    cpuPressure: z.number().min(0).max(1).nullable(),
  }),
  /** True if the machine was too busy for reliable latencies. Failures are reliable nevertheless. */
  noisy: z.boolean(),
  noisyReasons: z.array(z.string()),
});

export type LoadFigures = z.infer<typeof loadFiguresSchema>;
