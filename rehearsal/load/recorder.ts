import { isoTime, monotonicMs } from "./clock";
import { Failures } from "./failures";
import type { FailureKind, LoadFigures } from "./figures";
import { Flips } from "./flips";
import { LatencyHistogram } from "./histogram";
import { type Origin, pairingFault } from "./origin";
import { OwnNoise } from "./own-noise";
import { Series } from "./series";
import { StallWatch } from "./stall";
import { Ticket } from "./ticket";
import { noiseReasons } from "./verdict";

/** A server cannot fill the memory by naming ever new versions. */
const versionsKept = 50;

/** Where something happened, for the list of failures. */
export interface Context {
  readonly user?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly color?: string;
}

/** The one place where things are counted. Everything that falls due gets a ticket and is settled once. */
export class Recorder {
  readonly noise = new OwnNoise();
  readonly flips = new Flips();
  readonly counts = { opened: 0, lost: 0, uploads: 0, cut: 0 };
  readonly webSockets = { connections: 0, reconnects: 0, messages: 0, acknowledged: 0 };
  readonly startedMs = monotonicMs();
  private readonly open = new Set<Ticket>();
  private readonly latencies = new LatencyHistogram();
  private readonly stalls = { all: new StallWatch(), read: new StallWatch(), write: new StallWatch() };
  private readonly series = new Series();
  private readonly failures = new Failures();
  private readonly marks: LoadFigures["marks"] = [];
  private readonly byVersion: Record<string, number> = {};
  private total = 0;
  private failed = 0;
  private wrongAnswers = 0;
  private endedMs: number | undefined;

  /** A request fell due. An upload is `slow`: it lasts as long as it is meant to, so it has no latency or stall. */
  due(intendedMs: number, pace: "prompt" | "slow" = "prompt"): Ticket {
    const ticket = new Ticket(this, intendedMs, pace);
    this.open.add(ticket);
    this.total++;
    this.pointOf(ticket).requests++;
    if (pace === "prompt") this.stalls.all.due(intendedMs);
    return ticket;
  }

  /** It is known now whether the request reads or writes. */
  assigned(ticket: Ticket): void {
    if (ticket.pace === "prompt" && ticket.effect) this.stalls[ticket.effect].due(ticket.intendedMs);
  }

  succeeded(ticket: Ticket, origin: Origin | undefined): void {
    if (this.endedMs !== undefined) return;
    const nowMs = this.settle(ticket, "answered");
    if (origin === undefined) return;
    const fault = pairingFault(origin);
    if (fault !== undefined) this.wrong(fault, { ...ticket.context, color: origin.color });
    if (origin.color === undefined) return;
    const { byColor } = this.pointOf(ticket);
    byColor[origin.color] = (byColor[origin.color] ?? 0) + 1;
    const maker = `${origin.color} ${origin.version ?? "?"}`;
    if (maker in this.byVersion || Object.keys(this.byVersion).length < versionsKept) {
      this.byVersion[maker] = (this.byVersion[maker] ?? 0) + 1;
    }
    // A WebSocket and an upload stay where they began, so they say nothing of where requests are sent now.
    if (ticket.routed) this.flips.answeredBy(origin.color, nowMs);
  }

  failedWith(ticket: Ticket, kind: FailureKind, detail: string, context: Context): void {
    if (this.endedMs !== undefined) return;
    this.failed++;
    this.pointOf(ticket).failed++;
    this.settle(ticket, kind === "dropped" ? "never-sent" : "failed");
    this.note(kind, detail, { ...ticket.context, ...context });
  }

  wrong(detail: string, context: Context): void {
    this.wrongAnswers++;
    this.note("wrong-answer", detail, context);
  }

  sessionLost(detail: string, context: Context): void {
    this.counts.lost++;
    this.note("session-lost", detail, context);
  }

  mark(name: string, atMs: number): void {
    this.marks.push({ name, at: isoTime(atMs) });
  }

  /** What could not be settled in time has failed. */
  end(): LoadFigures {
    for (const ticket of [...this.open]) ticket.fail("unfinished", "still under way when the run ended");
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
      answers: { wrong: this.wrongAnswers, byVersion: this.byVersion },
      stall: { longestMs, readsMs, writesMs },
      latency: {
        p50Ms: this.latencies.percentileMs(50),
        p99Ms: this.latencies.percentileMs(99),
        maxMs: this.latencies.maxMs,
        p99DuringFlipMs: this.flips.p99Ms(),
      },
      flips: this.flips.figures(),
      marks: this.marks,
      failures: this.failures.kept,
      failuresByKind: this.failures.byKind,
      series: this.series.toJSON(),
      generator,
      noisy: noisyReasons.length > 0,
      noisyReasons,
    });
  }

  private settle(ticket: Ticket, end: "answered" | "failed" | "never-sent"): number {
    const nowMs = monotonicMs();
    if (!this.open.delete(ticket)) throw new Error(`settled twice: ${JSON.stringify(ticket.context)}`);
    if (ticket.pace === "slow") return nowMs;
    // One that was never sent did not wait; as a latency of 0 it would make the others look better.
    const latencyMs = end === "never-sent" ? undefined : nowMs - ticket.intendedMs;
    if (latencyMs !== undefined) {
      this.latencies.record(latencyMs);
      const point = this.pointOf(ticket);
      point.maxMs = Math.max(point.maxMs, latencyMs);
    }
    this.flips.settled(ticket.intendedMs, { failed: end !== "answered", latencyMs });
    for (const watch of [this.stalls.all, ticket.effect && this.stalls[ticket.effect]]) {
      if (end === "answered") watch?.answered(nowMs);
      else watch?.failed();
    }
    return nowMs;
  }

  private pointOf(ticket: Ticket) {
    return this.series.at((ticket.intendedMs - this.startedMs) / 1000);
  }

  private note(kind: FailureKind, detail: string, context: Context): void {
    this.failures.add({ at: isoTime(monotonicMs()), kind, detail, ...context });
  }
}

/** A copy that does not change any more, with times to the microsecond. */
function readable(figures: LoadFigures): LoadFigures {
  return JSON.parse(
    JSON.stringify(figures, (_, value) =>
      typeof value === "number" ? Math.round(value * 1000) / 1000 : value,
    ),
  );
}
