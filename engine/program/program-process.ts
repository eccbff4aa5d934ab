import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import { modulePath } from "./module-path";
import type { Content, FromProgram, Method, ProgramFailure, ProgramSettings, ToProgram } from "./protocol";

export interface ProgramOptions {
  readonly settings: ProgramSettings;
  /** Environment variables of the program besides those of this process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /**
   * Scheduling priority of the program's process, from -20 (highest) to 19 (lowest).
   *
   * @default the priority of this process
   */
  readonly priority?: number | undefined;
  /** Handles a request. The program receives a thrown error as the error of its request. */
  readonly handle: (method: Method, content: Content) => Promise<Content>;
  readonly onEvent: (event: ProgramEvent) => void;
}

export type ProgramEvent =
  | {
      readonly type: "log";
      readonly severity: "info" | "warning" | "error";
      readonly message: string;
      readonly urn?: string;
    }
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly text: string };

export interface RunningProgram {
  /** Resolves with the program's failures when it has ended or timed out. Never rejects. */
  readonly ended: Promise<readonly ProgramFailure[]>;
  call(token: string, body: Uint8Array): Promise<Uint8Array>;
  /** Ends the process, even if the program is still running. */
  close(): Promise<void>;
}

/** Seconds that a failed program may continue to run, for example because a server is still open. */
const AFTER_FAILURE_SECONDS = 3;
/** Seconds that the process may take to exit before it is killed. */
const EXIT_SECONDS = 1;

export function startProgram({
  settings,
  environment,
  timeoutSeconds,
  priority,
  handle,
  onEvent,
}: ProgramOptions): RunningProgram {
  const child = fork(require.resolve("./child"), [], {
    cwd: settings.workingDirectory,
    // Without the option, V8 begins with 1 MB for new objects, and collects garbage all the time.
    execArgv: ["--min-semi-space-size=16", "--require", require.resolve("../../build/start/register")],
    env: { ...process.env, ...environment, NODE_PATH: modulePath() },
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  if (child.pid !== undefined && priority !== undefined) setPriority(child.pid, priority);
  const keepAfterExit = killOnExit(child);
  forwardOutput(child, onEvent);

  const failures: ProgramFailure[] = [];
  const calls = new Map<number, { resolve: (body: Uint8Array) => void; reject: (error: Error) => void }>();
  let lastCall = 0;
  let openRequests = 0;
  let watchdog: NodeJS.Timeout | undefined;
  let resolveEnded = (_failures: readonly ProgramFailure[]) => {};
  const ended = new Promise<readonly ProgramFailure[]>((resolveEnd) => {
    resolveEnded = resolveEnd;
  });
  const finish = (failure?: ProgramFailure) => {
    clearTimeout(watchdog);
    if (failure !== undefined) failures.push(failure);
    resolveEnded(failures);
  };
  const watch = () => {
    clearTimeout(watchdog);
    const seconds = failures.length > 0 ? AFTER_FAILURE_SECONDS : timeoutSeconds;
    const message = `The program did not end: it ran for ${seconds} s without requesting a resource.`;
    const timedOut = { ...crash(message), timedOut: true };
    watchdog = setTimeout(() => finish(failures.length > 0 ? undefined : timedOut), seconds * 1000);
  };
  const send = (message: ToProgram) => {
    if (child.connected) child.send(message, () => {});
  };

  const respond = async ({ id, method, content }: Extract<FromProgram, { kind: "request" }>) => {
    openRequests += 1;
    clearTimeout(watchdog);
    try {
      send({ kind: "response", id, content: await handle(method, content) });
    } catch (error) {
      send({ kind: "response", id, error: error instanceof Error ? error.message : String(error) });
    }
    openRequests -= 1;
    if (openRequests === 0) watch();
  };

  child.on("message", (message: FromProgram) => {
    if (message.kind === "request") respond(message);
    else if (message.kind === "log") {
      const { severity, message: text, urn } = message;
      onEvent({ type: "log", severity, message: text, urn: urn || undefined });
    } else if (message.kind === "finished") {
      const { unfinished } = message;
      // Promises that stay pending after a failure are not reported, because the failure is the cause.
      finish(unfinished === undefined || failures.length > 0 ? undefined : crash(unfinished));
    } else if (message.kind === "error") {
      failures.push(message.failure);
      if (openRequests === 0) watch();
    } else {
      const call = calls.get(message.id);
      calls.delete(message.id);
      if (message.error !== undefined) call?.reject(new Error(message.error));
      else call?.resolve(message.body ?? new Uint8Array());
    }
  });
  child.once("error", (error) => finish(crash(`The program could not be started: ${error.message}`)));
  const exited = new Promise<void>((resolveExit) => {
    child.once("exit", async (code, signal) => {
      // Messages may still arrive after the exit.
      if (child.connected) await once(child, "disconnect");
      keepAfterExit();
      const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
      const message = `The program's process ended (${how}) before all of its resources were declared.`;
      if (failures.length === 0) finish(crash(message));
      else finish();
      for (const call of calls.values()) call.reject(new Error("The program's process has ended."));
      resolveExit();
    });
  });

  watch();
  send({ kind: "start", settings });
  return {
    ended,
    call(token, body) {
      const id = ++lastCall;
      return new Promise((resolveCall, reject) => {
        calls.set(id, { resolve: resolveCall, reject });
        send({ kind: "callback", id, token, body });
      });
    },
    async close() {
      clearTimeout(watchdog);
      if (child.exitCode !== null || child.signalCode !== null) return;
      send({ kind: "exit" });
      const timer = setTimeout(() => child.kill("SIGKILL"), EXIT_SECONDS * 1000);
      await exited;
      clearTimeout(timer);
    },
  };
}

function crash(message: string): ProgramFailure {
  return { message, frames: [], rejected: false };
}

/** Kills the child process when this process exits. The returned function cancels that. */
function killOnExit(child: ChildProcess): () => void {
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  return () => process.removeListener("exit", kill);
}

function forwardOutput(child: ChildProcess, onEvent: (event: ProgramEvent) => void): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const input = child[stream];
    if (input !== null)
      createInterface({ input }).on("line", (text) => onEvent({ type: "output", stream, text }));
  }
}
