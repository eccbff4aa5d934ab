import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { BoundedLog } from "../process/bounded-log";
import type { ProcessGuard } from "../process/process-guard";

export interface Invocation {
  /** Folder of the function's code. */
  readonly folder: string;
  /** In Lambda's form: `file.export`. */
  readonly handler: string;
  readonly functionName: string;
  readonly version: string;
  readonly event: unknown;
  readonly fault: "fails" | "hangs" | "times out" | undefined;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: BoundedLog;
  readonly guard: ProcessGuard;
  readonly signal: AbortSignal;
}

const outcome = z.union([
  z.object({ result: z.string() }),
  z.object({
    error: z.object({ errorType: z.string(), errorMessage: z.string(), trace: z.array(z.string()) }),
  }),
]);

/** Outcome of an invocation. A failure has Lambda's wording. */
export type Outcome = z.infer<typeof outcome>;

/** Time after which the fault `times out` ends a function. */
const EARLY_TIMEOUT_MS = 5_000;

const host = join(__dirname, "lambda-host.cjs");

function failed(errorType: string, errorMessage: string): Outcome {
  return { error: { errorType, errorMessage, trace: [] } };
}

/** Calls a handler once in a new process, which ends afterwards. */
export function runHandler(invocation: Invocation): Promise<Outcome> {
  const { folder, functionName, version, log, guard, signal } = invocation;
  const awsRequestId = randomUUID();
  const child = spawn(process.execPath, [host], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      ...invocation.environment,
      AWS_LAMBDA_FUNCTION_NAME: functionName,
      AWS_LAMBDA_FUNCTION_VERSION: version,
      // Error messages of functions name the log, which is a file in the simulator.
      AWS_LAMBDA_LOG_GROUP_NAME: log.path,
      LAMBDA_TASK_ROOT: folder,
    },
    detached: true, // A process group does not receive Ctrl-C from the terminal and can be killed as a whole.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const { pid } = child;
  if (pid !== undefined) guard.add(pid);
  log.write(`START RequestId: ${awsRequestId} Version: ${version}\n`);
  log.follow(child.stdout);
  log.follow(child.stderr);
  return new Promise<Outcome>((resolve) => {
    let known: Outcome | undefined;
    const end = (reason: Outcome) => {
      known ??= reason;
      if (pid === undefined) resolve(known);
      else if (child.exitCode === null && child.signalCode === null) process.kill(-pid, "SIGKILL");
    };
    const timeoutMs = invocation.timeoutSeconds * 1000;
    const limitMs = invocation.fault === "times out" ? Math.min(timeoutMs, EARLY_TIMEOUT_MS) : timeoutMs;
    const late = `${awsRequestId} Task timed out after ${invocation.timeoutSeconds.toFixed(2)} seconds`;
    const timer = setTimeout(() => end(failed("Sandbox.Timedout", late)), limitMs);
    const onAbort = () => end(failed("Aborted", "the caller cancelled the invocation"));
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    child.on("message", (message) => {
      if (message === "ready") {
        if (invocation.fault === "hangs" || invocation.fault === "times out") return;
        if (invocation.fault === "fails")
          return end(failed("Runtime.ExitError", "Runtime exited with error"));
        const { handler, event } = invocation;
        const context = { functionName, functionVersion: version, awsRequestId };
        child.send({ folder, handler, event, context, timeoutMs }, () => {}); // The exit event reports the reason.
        return;
      }
      const read = outcome.safeParse(message);
      known ??= read.success
        ? read.data
        : failed("Runtime.ProtocolError", "the handler sent an invalid message");
    });
    child.once("error", (error) => end(failed("Runtime.StartError", error.message)));
    child.once("close", (code, killedBy) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      if (pid !== undefined) guard.remove(pid);
      log.write(`END RequestId: ${awsRequestId}\n`);
      const how = `RequestId: ${awsRequestId} Error: Runtime exited with ${killedBy ?? `exit status ${code}`}`;
      resolve(known ?? failed("Runtime.ExitError", how));
    });
  });
}
