import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { PlainAsset } from "../../../engine/provider";
import { layOut } from "../assets";
import { BoundedLog } from "../bounded-log";
import { AwsError } from "../errors";
import type { ProcessGuard } from "../process-guard";

export interface FunctionSettings {
  readonly code: PlainAsset;
  /** `file.export` */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** How many invocations may run at once; undefined is without a limit. */
  readonly reservedConcurrency?: number;
}

/** One state of a function's code and configuration, which a published version keeps. */
interface Snapshot {
  readonly settings: FunctionSettings;
  readonly folder: string;
}

interface DeployedFunction {
  readonly name: string;
  latest: Snapshot;
  readonly versions: Map<string, Snapshot>;
  running: number;
  readonly log: BoundedLog;
}

const answer = z.union([
  z.object({ result: z.string() }),
  z.object({
    error: z.object({ errorType: z.string(), errorMessage: z.string(), trace: z.array(z.string()) }),
  }),
]);

type Answer = z.infer<typeof answer>;

const host = join(__dirname, "lambda-host.cjs");

/** The Lambda functions: each invocation runs the real handler in a process of its own. */
export class Functions {
  readonly #functions = new Map<string, DeployedFunction>();
  readonly #children = new Set<ChildProcess>();
  #folders = 0;

  constructor(
    private readonly options: {
      readonly directory: string;
      readonly guard: ProcessGuard;
      readonly environment: Readonly<Record<string, string>>;
      /** Files that Lambda's runtime has, by their path there: where they lie on this machine. */
      readonly runtimeFiles: Readonly<Record<string, string>>;
    },
  ) {}

  deploy(name: string, settings: FunctionSettings): void {
    const latest = this.#snapshot(settings);
    const known = this.#functions.get(name);
    if (known) {
      known.latest = latest;
      return;
    }
    const log = new BoundedLog(join(this.options.directory, "logs", `lambda-${name}.log`));
    this.#functions.set(name, { name, latest, versions: new Map(), running: 0, log });
  }

  exists(name: string): boolean {
    return this.#functions.has(name);
  }

  /** Keeps what is the latest now under the next number. */
  publish(name: string): string {
    const { latest, versions } = this.#get(name);
    const version = String(versions.size + 1);
    versions.set(version, latest);
    return version;
  }

  async remove(name: string): Promise<void> {
    const known = this.#functions.get(name);
    if (!known) return;
    this.#functions.delete(name);
    known.log.close();
    const folders = [known.latest, ...known.versions.values()].map(({ folder }) => folder);
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }

  /**
   * Invokes a function and waits for its result, a JSON text.
   *
   * @throws in the provider's words, with the handler's own message, when it failed or took too long.
   */
  async invoke(name: string, qualifier: string, input: string, signal: AbortSignal): Promise<string> {
    const known = this.#get(name);
    const snapshot = qualifier === "$LATEST" ? known.latest : known.versions.get(qualifier);
    if (!snapshot)
      throw new AwsError("ResourceNotFoundException", `Function not found: ${name}:${qualifier}`);
    const { reservedConcurrency } = snapshot.settings;
    if (reservedConcurrency !== undefined && known.running >= reservedConcurrency) {
      throw new AwsError(
        "TooManyRequestsException",
        `Rate Exceeded: ${name} runs ${known.running} at once already`,
      );
    }
    known.running++;
    try {
      const outcome = await this.#run(known, snapshot, qualifier, JSON.parse(input), signal);
      if ("result" in outcome) return outcome.result;
      throw new Error(`invoking Lambda Function (${name}): ${JSON.stringify(outcome.error)}`);
    } finally {
      known.running--;
    }
  }

  async close(): Promise<void> {
    const ended = [...this.#children].map((child) => {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      return exited;
    });
    await Promise.all(ended);
    for (const { log } of this.#functions.values()) log.close();
  }

  #get(name: string): DeployedFunction {
    const found = this.#functions.get(name);
    if (!found) throw new AwsError("ResourceNotFoundException", `Function not found: ${name}`);
    return found;
  }

  #snapshot(settings: FunctionSettings): Snapshot {
    const folder = join(this.options.directory, "functions", String(++this.#folders));
    layOut(settings.code, folder);
    return { settings, folder };
  }

  #run(
    known: DeployedFunction,
    { settings, folder }: Snapshot,
    version: string,
    event: unknown,
    signal: AbortSignal,
  ): Promise<Answer> {
    const awsRequestId = randomUUID();
    const own = Object.entries(settings.environment);
    const env = {
      PATH: process.env.PATH,
      ...Object.fromEntries(own.map(([key, value]) => [key, this.options.runtimeFiles[value] ?? value])),
      ...this.options.environment,
      AWS_LAMBDA_FUNCTION_NAME: known.name,
      AWS_LAMBDA_FUNCTION_VERSION: version,
      LAMBDA_TASK_ROOT: folder,
    };
    const child = spawn(process.execPath, [host], {
      cwd: folder,
      env,
      detached: true, // Ctrl-C in the terminal is for the rehearsal.
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const { pid } = child;
    this.#children.add(child);
    if (pid !== undefined) this.options.guard.add(pid);
    known.log.write(`START RequestId: ${awsRequestId} Version: ${version}\n`);
    known.log.follow(child.stdout);
    known.log.follow(child.stderr);
    const failed = (errorType: string, errorMessage: string): Answer => ({
      error: { errorType, errorMessage, trace: [] },
    });
    return new Promise<Answer>((resolve) => {
      let outcome: Answer | undefined;
      const give = (reason: Answer) => {
        outcome ??= reason;
        child.kill("SIGKILL");
      };
      const late = `${awsRequestId} Task timed out after ${settings.timeoutSeconds.toFixed(2)} seconds`;
      const timer = setTimeout(() => give(failed("Sandbox.Timedout", late)), settings.timeoutSeconds * 1000);
      const onAbort = () => give(failed("Aborted", "the caller gave up waiting"));
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      child.on("message", (message) => {
        if (message === "ready") {
          const context = { functionName: known.name, functionVersion: version, awsRequestId };
          const call = { folder, handler: settings.handler, event, context };
          child.send({ ...call, timeoutMs: settings.timeoutSeconds * 1000 });
          return;
        }
        const read = answer.safeParse(message);
        outcome ??= read.success ? read.data : failed("Runtime.ProtocolError", "the handler broke its host");
      });
      child.once("error", (error) => give(failed("Runtime.StartError", error.message)));
      child.once("close", (code, killedBy) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#children.delete(child);
        if (pid !== undefined) this.options.guard.remove(pid);
        known.log.write(`END RequestId: ${awsRequestId}\n`);
        const how = `RequestId: ${awsRequestId} Error: Runtime exited with ${killedBy ?? `exit status ${code}`}`;
        resolve(outcome ?? failed("Runtime.ExitError", how));
      });
    });
  }
}
