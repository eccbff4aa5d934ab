import { isoTime, monotonicMs } from "./clock";
import { DueRequest, type FailureContext, type SettlementLog } from "./due-request";
import { FailureLog } from "./failure-log";
import type { FailureKind, LoadFigures } from "./figures";
import { Flips } from "./flips";
import { GeneratorNoise } from "./generator-noise";
import { LatencyHistogram } from "./histogram";
import { ColorOfVersion, type Origin, pairingFault } from "./origin";
import { noiseReasons } from "./outcome";
import { LoadSeries } from "./series";
import { StallWatch } from "./stall";
import { SpanOfEvents } from "./time-span";

const MAX_VERSIONS = 50;

export class LoadRecorder implements SettlementLog {
  readonly noise = new GeneratorNoise();
  readonly flips = new Flips();
  readonly colors = new ColorOfVersion();
  readonly counts = { opened: 0, lost: 0, uploads: 0, cut: 0, stored: 0 };
  readonly webSockets = { connections: 0, reconnects: 0, messages: 0, acknowledged: 0 };
  readonly startedMs = monotonicMs();
  private readonly open = new Set<DueRequest>();
  private readonly latencies = new LatencyHistogram();
  private readonly stalls = { all: new StallWatch(), read: new StallWatch(), write: new StallWatch() };
  private readonly series = new LoadSeries();
  private readonly failures = new FailureLog();
  private readonly marks: LoadFigures["marks"] = [];
  private readonly byVersion: Record<string, number> = {};
  private total = 0;
  private failed = 0;
  private wrongAnswers = 0;
  private unattributed = 0;
  private readonly failureSpan = new SpanOfEvents();
  private readonly reads = { total: 0, failed: 0, span: new SpanOfEvents() };
  private endedMs: number | undefined;

  /**
   * Records that a request is due.
   *
   * @param pace `slow` for an upload: it lasts as long as configured, so it counts for neither latency nor stalls
   */
  due(intendedMs: number, pace: "prompt" | "slow" = "prompt"): DueRequest {
    const due = new DueRequest(this, intendedMs, pace);
    this.open.add(due);
    this.total++;
    this.bucketOf(due).requests++;
    if (pace === "prompt") this.stalls.all.due(intendedMs);
    return due;
  }

  assigned(due: DueRequest): void {
    if (due.pace === "prompt" && due.effect) this.stalls[due.effect].due(due.intendedMs);
  }

  succeeded(due: DueRequest, named: Origin | undefined): void {
    if (this.endedMs !== undefined) return;
    const nowMs = this.settle(due, "answered");
    if (named === undefined) return;
    const origin = this.colors.complete(named);
    const fault = pairingFault(origin);
    if (fault !== undefined) this.wrong(fault, { ...due.context, color: origin.color });
    if (origin.color === undefined) {
      this.unattributed++;
      return;
    }
    const { color, version = "?" } = origin;
    const maker = color === version ? version : `${color} ${version}`;
    const isListed = maker in this.byVersion || Object.keys(this.byVersion).length < MAX_VERSIONS;
    if (isListed) this.byVersion[maker] = (this.byVersion[maker] ?? 0) + 1;
    this.bucketOf(due).answeredBy(origin.color, isListed ? maker : undefined);
    // WebSockets and uploads may use connections that are older than the flip, so they do not show the current
    // routing.
    if (due.routed) this.flips.answeredBy(origin.color, nowMs);
  }

  failedWith(due: DueRequest, kind: FailureKind, detail: string, context: FailureContext): void {
    if (this.endedMs !== undefined) return;
    this.failed++;
    this.failureSpan.add(monotonicMs());
    this.bucketOf(due).failed++;
    this.settle(due, kind === "dropped" ? "never-sent" : "failed");
    this.note(kind, detail, { ...due.context, ...context });
  }

  readBack(succeeded: boolean): void {
    this.reads.total++;
    if (succeeded) return;
    this.reads.failed++;
    this.reads.span.add(monotonicMs());
  }

  wrong(detail: string, context: FailureContext): void {
    this.wrongAnswers++;
    this.note("wrong-answer", detail, context);
  }

  sessionLost(detail: string, context: FailureContext): void {
    this.counts.lost++;
    this.note("session-lost", detail, context);
  }

  mark(name: string, atMs: number): void {
    this.marks.push({ name, at: isoTime(atMs) });
  }

  end(): LoadFigures {
    for (const due of [...this.open]) due.fail("unfinished", "still under way when the run ended");
    this.endedMs = monotonicMs();
    this.noise.stop();
    return this.figures();
  }

  get underWay(): number {
    return this.open.size;
  }

  figures(): LoadFigures {
    const nowMs = this.endedMs ?? monotonicMs();
    const durationSeconds = (nowMs - this.startedMs) / 1000;
    const generator = this.noise.figures();
    const readsMs = this.stalls.read.longestMs(nowMs);
    const writesMs = this.stalls.write.longestMs(nowMs);
    const longestMs = Math.max(this.stalls.all.longestMs(nowMs), readsMs, writesMs);
    const noisyReasons = [...noiseReasons(generator, longestMs)];
    return readable({
      startedAt: isoTime(this.startedMs),
      durationSeconds,
      requests: {
        total: this.total,
        failed: this.failed,
        dropped: this.failures.byKind.dropped ?? 0,
        unfinished: this.open.size,
        perSecond: durationSeconds > 0 ? this.total / durationSeconds : 0,
      },
      sessions: { total: this.counts.opened, lost: this.counts.lost },
      uploads: { total: this.counts.uploads, cut: this.counts.cut },
      webSockets: this.webSockets,
      records: {
        stored: this.counts.stored,
        reads: this.reads.total,
        failedReads: this.reads.failed,
        failedSpan: this.reads.span.figures(),
      },
      answers: { wrong: this.wrongAnswers, unattributed: this.unattributed, byVersion: this.byVersion },
      stall: { longestMs, readsMs, writesMs },
      latency: {
        p50Ms: this.latencies.percentileMs(50),
        p99Ms: this.latencies.percentileMs(99),
        maxMs: this.latencies.maxMs,
        p99DuringFlipMs: this.flips.p99Ms(),
      },
      flips: this.flips.figures(),
      marks: this.marks,
      failures: this.failures.listed,
      failureSpan: this.failureSpan.figures(),
      failuresByKind: this.failures.byKind,
      series: this.series.figures(),
      generator,
      noisy: noisyReasons.length > 0,
      noisyReasons,
    });
  }

  private settle(due: DueRequest, end: "answered" | "failed" | "never-sent"): number {
    const nowMs = monotonicMs();
    if (!this.open.delete(due)) throw new Error(`settled twice: ${JSON.stringify(due.context)}`);
    if (due.pace === "slow") return nowMs;
    // A request that was never sent has no latency; counting 0 would improve the percentiles.
    const latencyMs = end === "never-sent" ? undefined : nowMs - due.intendedMs;
    if (latencyMs !== undefined) {
      this.latencies.record(latencyMs);
      this.bucketOf(due).took(latencyMs);
    }
    this.flips.settled(due.intendedMs, { failed: end !== "answered", latencyMs });
    for (const watch of [this.stalls.all, due.effect && this.stalls[due.effect]]) {
      if (end === "answered") watch?.answered(nowMs);
      else watch?.failed();
    }
    return nowMs;
  }

  private bucketOf(due: DueRequest) {
    return this.series.at((due.intendedMs - this.startedMs) / 1000);
  }

  private note(kind: FailureKind, detail: string, context: FailureContext): void {
    this.failures.add({ at: isoTime(monotonicMs()), kind, detail, ...context });
  }
}

function readable(figures: LoadFigures): LoadFigures {
  return JSON.parse(
    JSON.stringify(figures, (_, value) =>
      typeof value === "number" ? Math.round(value * 1000) / 1000 : value,
    ),
  );
}
