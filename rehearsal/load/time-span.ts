import { isoTime } from "./clock";

export interface TimeSpan {
  readonly firstAt: string;
  readonly lastAt: string;
  readonly seconds: number;
}

/** The time from the first to the last of some events. */
export class SpanOfEvents {
  private first: { readonly ms: number; readonly at: string } | undefined;
  private lastMs = 0;

  add(atMs: number): void {
    this.first ??= { ms: atMs, at: isoTime(atMs) };
    this.lastMs = atMs;
  }

  /** Null if there was no event. */
  figures(): TimeSpan | null {
    if (this.first === undefined) return null;
    const seconds = (this.lastMs - this.first.ms) / 1000;
    const lastAt = seconds === 0 ? this.first.at : isoTime(this.lastMs);
    return { firstAt: this.first.at, lastAt, seconds };
  }
}
