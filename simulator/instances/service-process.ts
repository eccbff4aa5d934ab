import { type ChildProcess, spawn } from "node:child_process";
import type { BoundedLog } from "../process/bounded-log";
import type { ProcessGuard } from "../process/process-guard";
import type { StartCheck } from "./start-checks";
import type { ServiceUnit } from "./unit-file";

// Defaults of systemd's StartLimitBurst and StartLimitIntervalSec.
const START_LIMIT = 5;
const START_WINDOW_MS = 10_000;

interface ServiceCommand {
  /** Path of the executable. */
  readonly program: string;
  readonly args: readonly string[];
  readonly check: StartCheck;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** The end of a service process: its exit status, or the signal that ended it. */
export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The process of a systemd unit, with the restarts that the unit defines. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private startTimer: NodeJS.Timeout | undefined;
  private stopping = false;
  private readonly starts: number[] = [];
  private lastExit: ServiceExit | undefined;

  constructor(
    private readonly unit: ServiceUnit,
    private readonly command: ServiceCommand,
    private readonly log: BoundedLog,
    private readonly guard: ProcessGuard,
    bootMs: number,
  ) {
    if (bootMs === 0) this.start();
    else this.startTimer = setTimeout(() => this.start(), bootMs);
  }

  /** The last end of the process; undefined while the first one runs. */
  get exit(): ServiceExit | undefined {
    return this.lastExit;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Stops the process with the unit's signal and kills it after the limit. The process is not restarted. */
  async stop(limitSeconds = this.unit.stopSeconds): Promise<void> {
    this.stopping = true;
    clearTimeout(this.startTimer);
    const child = this.child;
    if (!child) return;
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(this.unit.killSignal);
    child.kill("SIGCONT"); // A process that SIGSTOP has stopped handles no other signal until SIGCONT.
    const timer = setTimeout(() => {
      this.log.write(`[killed: did not exit within ${limitSeconds} s of ${this.unit.killSignal}]\n`);
      child.kill("SIGKILL");
    }, limitSeconds * 1000);
    await exited;
    clearTimeout(timer);
  }

  /** Kills the process immediately. It is not restarted. */
  async kill(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.startTimer);
    const child = this.child;
    if (!child) return;
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGKILL");
    await exited;
  }

  private start(): void {
    const { program, args, check, env, cwd } = this.command;
    this.starts.push(Date.now());
    const differences = check();
    if (differences.length > 0) {
      this.log.write(`[failed to start: ${differences.join("; ")}]\n`);
      this.restart(false);
      return;
    }
    // Detached, so that Ctrl-C in the terminal does not reach the process: the rehearsal shuts its instances down
    // itself.
    const child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    const { pid } = child;
    if (pid !== undefined) this.guard.add(pid);
    this.log.follow(child.stdout);
    this.log.follow(child.stderr);
    child.once("error", (error) => {
      this.log.write(`[failed to start: ${error.message}]\n`);
      if (pid === undefined) this.child = undefined; // The process did not start, so no exit event follows.
    });
    child.once("exit", (code, signal) => {
      if (pid !== undefined) this.guard.remove(pid);
      this.child = undefined;
      this.lastExit = { code, signal };
      this.log.write(`[exited: ${signal ?? `status ${code}`}]\n`);
      if (!this.stopping) this.restart(code === 0);
    });
  }

  private restart(succeeded: boolean): void {
    if (this.unit.restart === "no" || (this.unit.restart === "on-failure" && succeeded)) return;
    const recent = this.starts.filter((at) => at > Date.now() - START_WINDOW_MS);
    if (recent.length >= START_LIMIT) {
      this.log.write(`[not restarted: ${START_LIMIT} starts within ${START_WINDOW_MS / 1000} s]\n`);
      return;
    }
    this.startTimer = setTimeout(() => this.start(), this.unit.restartSeconds * 1000);
  }
}
