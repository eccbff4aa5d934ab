import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { monotonicMs } from "./clock";
import type { LoadFigures } from "./figures";
import type { MarkData } from "./mark";
import { openLoad } from "./open-load";
import { type LoadOptions, type LoadSettings, parseOptions } from "./options";
import type { FromWorker, ToWorker } from "./protocol";

export { type Failure, type FailureKind, type Flip, type LoadFigures, loadFiguresSchema } from "./figures";
export type { LoadOptions } from "./options";
export { type LoadOutcome, loadOutcome } from "./outcome";

const START_LIMIT_MS = 20_000;
/** Extra time beyond the request timeout for the generator's process to exit on a busy machine. */
const STOP_LIMIT_MS = 10_000;
const MAX_STDERR_LENGTH = 4_000;

export interface LoadRun {
  /** Process id of the generator. Its process ends at `stop`, or when this process ends. */
  readonly pid: number | undefined;
  /** Resolves when the first figures are available. Rejects if the generator cannot start. */
  readonly started: Promise<void>;
  snapshot(): LoadFigures;
  on(event: "progress", listener: (figures: LoadFigures) => void): void;
  mark(name: "flip-started", data: { readonly from: string; readonly to: string }): void;
  mark(name: "flip-finished", data: { readonly resourcesChanged: number }): void;
  mark(name: string, data?: Pick<MarkData, "versions">): void;
  /**
   * Ends the load and resolves with the final figures. Open requests fail if they exceed their time limit.
   *
   * Each call returns the same promise. It rejects if the generator's process crashed, because then there are no
   * figures.
   */
  stop(): Promise<LoadFigures>;
}

/**
 * Starts the load of an application in a separate process; it runs until `stop`.
 *
 * Requests are never retried, so every failure is counted.
 *
 * @throws Error for invalid options or journeys, before anything is started
 */
export function startLoad(options: LoadOptions): LoadRun {
  const settings = parseOptions(options);
  openLoad(settings);
  return new ForkedLoad(settings);
}

class ForkedLoad implements LoadRun {
  readonly started: Promise<void>;
  private readonly worker: ChildProcess;
  private readonly listeners: ((figures: LoadFigures) => void)[] = [];
  private readonly final: Promise<LoadFigures>;
  private latest: LoadFigures | undefined;
  private stopping: Promise<LoadFigures> | undefined;
  private stderr = "";

  constructor(private readonly settings: LoadSettings) {
    this.worker = fork(join(__dirname, "worker.ts"), {
      // The caller's own flags are not inherited: with its --inspect port the process could not start.
      execArgv: ["--require", require.resolve("../../build/start/register")],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.worker.stderr?.on("data", (text: Buffer) => {
      this.stderr = (this.stderr + text.toString("utf8")).slice(-MAX_STDERR_LENGTH);
    });
    const died = this.death();
    this.started = within(START_LIMIT_MS, "started", Promise.race([this.message("progress"), died])).then(
      () => undefined,
    );
    this.final = Promise.race([this.message("stopped"), died]);
    // Prevents an unhandled rejection if the caller awaits neither promise; `stop` reports the error.
    this.started.catch(() => undefined);
    this.final.catch(() => undefined);
    this.send({ type: "start", settings });
  }

  get pid(): number | undefined {
    return this.worker.pid;
  }

  snapshot(): LoadFigures {
    if (this.latest === undefined) throw new Error("The load has no figures yet: wait for `started` first.");
    return this.latest;
  }

  on(_event: "progress", listener: (figures: LoadFigures) => void): void {
    this.listeners.push(listener);
  }

  mark(name: string, data: MarkData = {}): void {
    this.send({ type: "mark", mark: { ...data, name, atMs: monotonicMs() } });
  }

  stop(): Promise<LoadFigures> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<LoadFigures> {
    this.send({ type: "stop" });
    const limitMs = this.settings.requestTimeoutSeconds * 1000 + STOP_LIMIT_MS;
    try {
      return await within(limitMs, "stopped", this.final);
    } finally {
      const { pid, exitCode, signalCode } = this.worker;
      if (pid !== undefined && exitCode === null && signalCode === null) {
        const exit = once(this.worker, "exit");
        this.worker.kill("SIGKILL");
        await exit;
      }
    }
  }

  private message(type: FromWorker["type"]): Promise<LoadFigures> {
    return new Promise((resolve) => {
      this.worker.on("message", (message: FromWorker) => {
        if (message.type !== type) return;
        this.latest = message.figures;
        if (type === "progress") for (const listener of this.listeners) listener(message.figures);
        resolve(message.figures);
      });
    });
  }

  private death(): Promise<never> {
    return new Promise((_, reject) => {
      this.worker.on("error", (error) => reject(new Error(`The load generator failed: ${error.message}.`)));
      this.worker.on("exit", (code, signal) => {
        const how = signal ?? `exit status ${code}`;
        reject(
          new Error(
            `The load generator ended unexpectedly (${how}), so nothing was measured. ${this.stderr}`.trim(),
          ),
        );
      });
    });
  }

  private send(message: ToWorker): void {
    if (this.worker.connected) this.worker.send(message, () => undefined);
  }
}

function within<Value>(limitMs: number, what: string, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`The load generator has not ${what} within ${limitMs / 1000} s.`));
    }, limitMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
