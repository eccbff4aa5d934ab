/** After how long without a word a program that still runs is mentioned. */
const QUIET_SECONDS = 10;

/** Notices when a program asks for nothing for a while, each time that it does. */
export class Quiet {
  readonly #seconds: number;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(
    /** The program's limit; with a short one, half of it is a while. */
    timeoutSeconds: number,
    private readonly onQuiet: (seconds: number) => void,
  ) {
    this.#seconds = Math.min(QUIET_SECONDS, timeoutSeconds / 2);
  }

  /** From now on it counts. */
  heard(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    this.#timer = setTimeout(() => this.onQuiet(this.#seconds), this.#seconds * 1000);
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
