import { z } from "zod";

const count = z.int().min(0);
const milliseconds = z.number().min(0);

/** Why something was counted. One request fails at most once; the last three are counted beside requests. */
export const failureKinds = [
  /** Refused, reset, or cut before the answer was whole. */
  "connection",
  /** No whole answer within the limit, counted from the moment at which the request fell due. */
  "timeout",
  /** Status 500 or higher. */
  "server-error",
  /** Any other status than the one that the request asks for. */
  "unexpected-status",
  /** Fell due while the queue was full, so it was never sent. */
  "dropped",
  /** Still under way when the run had to end. */
  "unfinished",
  /** The answer to an upload names other bytes than were sent. */
  "upload-cut",
  /** A WebSocket was closed with another code than 1001. */
  "socket-closed",
  /** A WebSocket message without its acknowledgment when the socket closed. */
  "unacknowledged",
  /** A good status with a wrong answer: stale, changed, unreadable, or made by two colors. */
  "wrong-answer",
  /** A logged-in user was told 401, or that it is somebody else. */
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
  /** As the caller told it when the flip had finished; null: it did not. */
  resourcesChanged: count.nullable(),
  /** Requests that were under way at some moment of the flip, and how they fared. */
  requests: count,
  failed: count,
  latencyMaxMs: milliseconds,
});

export type Flip = z.infer<typeof flip>;

/** Requests whose intended start lies in one bucket of the series. */
const point = z.object({
  /** Start of the bucket, seconds after the start of the load. */
  atSeconds: z.number().min(0),
  requests: count,
  failed: count,
  /** The longest latency, never an average: one slow request stays visible however wide the bucket is. */
  maxMs: milliseconds,
  byColor: z.record(z.string(), count),
});

export type Point = z.infer<typeof point>;

/** What a run of the load came to. The judge of a release reads this and nothing else. */
export const loadFiguresSchema = z.object({
  startedAt: z.iso.datetime(),
  durationSeconds: z.number().min(0),
  requests: z.object({
    /** All that fell due: scheduled requests, uploads, WebSocket handshakes and WebSocket messages. */
    total: count,
    failed: count,
    /** Of `failed`: never sent, because the queue was full. */
    dropped: count,
    /** Of `total`: not settled yet. After the end of the run they are failures, and this is 0. */
    unfinished: count,
    perSecond: z.number().min(0),
  }),
  sessions: z.object({
    /** Logins that succeeded. */
    total: count,
    /** Of those: ended by the system, not by the user. */
    lost: count,
  }),
  uploads: z.object({
    total: count,
    /** Of those: not answered by 201 with the bytes and the SHA-256 that were sent, and stored like that. */
    cut: count,
  }),
  webSockets: z.object({ connections: count, reconnects: count, messages: count, acknowledged: count }),
  answers: z.object({
    wrong: count,
    /** Good answers by what made them, for example `blue 1.0.0`. */
    byVersion: z.record(z.string(), count),
  }),
  /** See `StallWatch`; the longest of three: all requests together, those that read, those that write. */
  stall: z.object({ longestMs: milliseconds, readsMs: milliseconds, writesMs: milliseconds }),
  /** From the intended start to the end, failures too; not of uploads, nor of what was never sent. */
  latency: z.object({
    p50Ms: milliseconds,
    p99Ms: milliseconds,
    maxMs: milliseconds,
    /** Of the requests that were under way during a flip; null: there was no flip. */
    p99DuringFlipMs: milliseconds.nullable(),
  }),
  flips: z.array(flip),
  /** All moments that the caller marked. */
  marks: z.array(z.object({ name: z.string(), at: z.iso.datetime() })),
  /** The first 100, and beyond those the first 10 of each kind. */
  failures: z.array(failure),
  failuresByKind: z.partialRecord(z.enum(failureKinds), count),
  series: z.object({ bucketSeconds: z.number().positive(), points: z.array(point) }),
  generator: z.object({
    /** How late requests were handed over, because this process could not run. */
    lagP99Ms: milliseconds,
    lagMaxMs: milliseconds,
    eventLoopDelayP99Ms: milliseconds,
    eventLoopDelayMaxMs: milliseconds,
    /** One-minute load average of the machine at the end. */
    loadAverage: z.number().min(0),
    /** Share of the run in which some process of the machine waited for a CPU; null: the system cannot tell. */
    cpuPressure: z.number().min(0).max(1).nullable(),
  }),
  /** The machine was too busy to judge latencies; failures stay failures. */
  noisy: z.boolean(),
  noisyReasons: z.array(z.string()),
});

export type LoadFigures = z.infer<typeof loadFiguresSchema>;
