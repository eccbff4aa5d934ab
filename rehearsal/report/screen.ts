import { styleText } from "node:util";
import { displayUpdate, wantsColor } from "../../engine/deploy/display";
import type { UpdateResult } from "../../engine/deploy/engine";
import type { LoadFigures } from "../load";
import type { RehearsalObserver } from "../scenario/rehearsal-observer";
import { progressLine } from "./progress-line";
import type { RecordedStep } from "./run-record";
import { stepEnd, stepLines } from "./step-lines";

/** Interval of the progress lines in a log. On a terminal a single line is overwritten instead. */
const PLAIN_PROGRESS_SECONDS = 10;
const PLAIN_WIDTH = 80;

/** Shows a run on a terminal, or as plain lines in a file or a pipe. */
export class Screen implements RehearsalObserver {
  private transient = false;
  private lastPlainSeconds = 0;
  private readonly closing = new AbortController();

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly verbose: boolean,
  ) {
    out.on("error", () => this.closing.abort());
  }

  /** Aborts when the output can no longer be written, such as a pipe into `head`. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  stepStarted(title: string): void {
    this.line(`\n${this.bold(`▸ ${title}`)}`);
  }

  stepEnded(step: RecordedStep, result: UpdateResult | undefined): void {
    for (const text of stepLines(step)) this.line(`  ${text}`);
    this.line(`  ${this.dim(stepEnd(step))}`);
    if (!this.verbose || result === undefined) return;
    this.line(displayUpdate(result, { detail: "changed", color: this.color }).replace(/^(?=.)/gm, "  "));
  }

  loadStarted(url: string): void {
    this.line(`\n${this.bold("▸ Load runs")} against ${url}`);
  }

  progress(figures: LoadFigures): void {
    if (this.out.isTTY) {
      const width = Math.min(this.out.columns ?? PLAIN_WIDTH, 100) - 3;
      this.out.write(`\r\x1b[2K  ${progressLine(figures, width)}`);
      this.transient = true;
    } else if (figures.durationSeconds - this.lastPlainSeconds >= PLAIN_PROGRESS_SECONDS) {
      this.lastPlainSeconds = figures.durationSeconds;
      this.out.write(`  ${progressLine(figures, PLAIN_WIDTH - 2)}\n`);
    }
  }

  line(text: string): void {
    if (this.transient) this.out.write("\r\x1b[2K");
    this.transient = false;
    this.out.write(`${text}\n`);
  }

  private get color(): boolean {
    return wantsColor(this.out);
  }

  private bold(text: string): string {
    return this.color ? styleText("bold", text) : text;
  }

  private dim(text: string): string {
    return this.color ? styleText("dim", text) : text;
  }
}
