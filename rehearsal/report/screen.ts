import { styleText } from "node:util";
import { displayUpdate } from "../../engine/deploy/display";
import type { UpdateResult } from "../../engine/deploy/engine";
import type { LoadFigures } from "../load";
import type { RehearsalObserver, StepReport } from "../scenario/rehearse";
import { formatSeconds } from "./format-seconds";

/** Interval of the progress lines in a log. On a terminal a single line is overwritten instead. */
const PLAIN_PROGRESS_SECONDS = 5;

export class Screen implements RehearsalObserver {
  private transient = false;
  private lastPlainSeconds = 0;

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly verbose: boolean,
  ) {}

  stepStarted(title: string): void {
    this.line(`\n${this.bold(`▸ ${title}`)}`);
  }

  stepEnded(step: StepReport, result: UpdateResult): void {
    // The first update creates every resource, so listing them would only be noise.
    const detail = step.kind === "first" && !this.verbose ? "summary" : this.verbose ? "full" : "changed";
    this.line(indent(displayUpdate(result, { detail, color: this.color })));
    this.line(`  ${this.dim(`done in ${formatSeconds(step.durationMs)}`)}`);
  }

  loadStarted(url: string): void {
    this.line(`\n${this.bold("▸ Load runs")} against ${url}`);
  }

  baking(bakeSeconds: number): void {
    this.line(this.dim(`  baking for ${bakeSeconds} s under load`));
  }

  progress(figures: LoadFigures): void {
    const text = `  ${progressLine(figures)}`;
    if (this.out.isTTY) {
      this.out.write(`\r\x1b[2K${text.slice(0, (this.out.columns ?? 100) - 1)}`);
      this.transient = true;
    } else if (figures.durationSeconds - this.lastPlainSeconds >= PLAIN_PROGRESS_SECONDS) {
      this.lastPlainSeconds = figures.durationSeconds;
      this.out.write(`${text}\n`);
    }
  }

  line(text: string): void {
    if (this.transient) this.out.write("\r\x1b[2K");
    this.transient = false;
    this.out.write(`${text}\n`);
  }

  private get color(): boolean {
    return this.out.isTTY === true && process.env.NO_COLOR === undefined;
  }

  private bold(text: string): string {
    return this.color ? styleText("bold", text) : text;
  }

  private dim(text: string): string {
    return this.color ? styleText("dim", text) : text;
  }
}

function progressLine(figures: LoadFigures): string {
  const { requests, sessions, uploads, answers, latency, durationSeconds } = figures;
  const colors = figures.series.points.at(-1)?.byColor ?? {};
  const shares = Object.entries(colors).map(([color, count]) => `${color} ${count}`);
  return [
    `load ${Math.round(durationSeconds)} s`,
    `${requests.total} requests`,
    `${requests.failed} failed`,
    `${sessions.lost} sessions lost`,
    `${uploads.cut} uploads cut`,
    `${answers.wrong} wrong`,
    `p99 ${Math.round(latency.p99Ms)} ms`,
    shares.join(" "),
  ].join(" · ");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
