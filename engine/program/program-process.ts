import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { EngineEvent } from "../deploy/engine";
import type { FromProgram, Method, ProgramFailure, ProgramSettings, ToProgram } from "./protocol";

export interface ProgramOptions {
  readonly settings: ProgramSettings;
  /** Longest time that the program may go on without asking anything of the engine. */
  readonly timeoutSeconds: number;
  /** Answers a request; what it throws goes back to the program as the request's error. */
  readonly answer: (method: Method, body: Uint8Array) => Promise<Uint8Array>;
  readonly onEvent: (event: EngineEvent) => void;
}

/** A program that is running in its own process. */
export interface RunningProgram {
  /** Resolves when nothing is left to do in the program; with why, if it failed. Never rejects. */
  readonly ended: Promise<readonly ProgramFailure[]>;
  /** Calls a function that the program registered: a transform or a hook. */
  call(token: string, body: Uint8Array): Promise<Uint8Array>;
  /** Ends the process, whatever it does. */
  close(): Promise<void>;
}

/** How long a program that failed may go on, for instance because it left a server open. */
const AFTER_FAILURE_SECONDS = 3;
/** How long the process may take to end by itself. */
const EXIT_SECONDS = 1;

export function startProgram({ settings, timeoutSeconds, answer, onEvent }: ProgramOptions): RunningProgram {
  const child = fork(require.resolve("./child"), [], {
    cwd: settings.workingDirectory,
    execArgv: ["--require", require.resolve("tsx/cjs")],
    env: { ...process.env, NODE_PATH: modulePath() },
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const killed = killWithUs(child);
  forwardOutput(child, onEvent);

  const failures: ProgramFailure[] = [];
  const calls = new Map<number, { resolve: (body: Uint8Array) => void; reject: (error: Error) => void }>();
  let lastCall = 0;
  let unanswered = 0;
  let watchdog: NodeJS.Timeout | undefined;
  let end = (_failures: readonly ProgramFailure[]) => {};
  const ended = new Promise<readonly ProgramFailure[]>((resolveEnd) => {
    end = resolveEnd;
  });
  const finish = (failure?: ProgramFailure) => {
    clearTimeout(watchdog);
    if (failure !== undefined) failures.push(failure);
    end(failures);
  };
  const watch = () => {
    clearTimeout(watchdog);
    const seconds = failures.length > 0 ? AFTER_FAILURE_SECONDS : timeoutSeconds;
    const text = `The program did not end: ${seconds} s without asking for a resource.`;
    const timedOut = { ...broken(text), timedOut: true };
    watchdog = setTimeout(() => finish(failures.length > 0 ? undefined : timedOut), seconds * 1000);
  };
  const send = (message: ToProgram) => {
    if (child.connected) child.send(message, () => {});
  };

  const respond = async ({ id, method, body }: Extract<FromProgram, { kind: "request" }>) => {
    unanswered += 1;
    clearTimeout(watchdog);
    try {
      send({ kind: "response", id, body: await answer(method, body) });
    } catch (error) {
      send({ kind: "response", id, error: error instanceof Error ? error.message : String(error) });
    }
    unanswered -= 1;
    if (unanswered === 0) watch();
  };

  child.on("message", (message: FromProgram) => {
    if (message.kind === "request") respond(message);
    else if (message.kind === "log") {
      const { severity, message: text, urn } = message;
      onEvent({ type: "log", severity, message: text, urn: urn || undefined });
    } else if (message.kind === "finished") {
      const { complaint } = message;
      // What failed leaves things undone, too.
      finish(complaint === undefined || failures.length > 0 ? undefined : broken(complaint));
    } else if (message.kind === "error") {
      failures.push(message.failure);
      if (unanswered === 0) watch();
    } else {
      const call = calls.get(message.id);
      calls.delete(message.id);
      if (message.error !== undefined) call?.reject(new Error(message.error));
      else call?.resolve(message.body ?? new Uint8Array());
    }
  });
  child.once("error", (error) => finish(broken(`The program could not be started: ${error.message}`)));
  const exited = new Promise<void>((resolveExit) => {
    child.once("exit", async (code, signal) => {
      // Its last messages may still be on the way.
      if (child.connected) await once(child, "disconnect");
      killed();
      const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
      const message = `The program's process ended (${how}) before all of its resources were declared.`;
      if (failures.length === 0) finish(broken(message));
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

function broken(message: string): ProgramFailure {
  return { message, frames: [], rejected: false };
}

/** Lets a program outside of our own tree find our SDK if it has none. */
function modulePath(): string {
  const ours = resolve(dirname(require.resolve("@pulumi/pulumi/package.json")), "../..");
  return [process.env.NODE_PATH, ours].filter(Boolean).join(process.platform === "win32" ? ";" : ":");
}

/** Ends the child when this process exits for whatever reason; returns what takes that back. */
function killWithUs(child: ChildProcess): () => void {
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  return () => process.removeListener("exit", kill);
}

function forwardOutput(child: ChildProcess, onEvent: (event: EngineEvent) => void): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const input = child[stream];
    if (input !== null)
      createInterface({ input }).on("line", (text) => onEvent({ type: "output", stream, text }));
  }
}
