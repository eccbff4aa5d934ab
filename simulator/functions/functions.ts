import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { PlainAsset } from "../../engine/values/plain-values";
import { extractArchive } from "../assets";
import { AwsError } from "../errors";
import { BoundedLog } from "../process/bounded-log";
import type { ProcessGuard } from "../process/process-guard";
import { type Outcome, runHandler } from "./run-handler";

export interface FunctionSettings {
  readonly code: PlainAsset;
  /** In Lambda's form: `file.export`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Maximum number of concurrent invocations; undefined means no limit. */
  readonly reservedConcurrency?: number;
}

/** Code and configuration of a function. Each published version has its own snapshot. */
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

/** An invocation that has ended; times in milliseconds since the epoch. */
export interface FunctionInvocation {
  readonly functionName: string;
  readonly input: unknown;
  readonly outcome: Outcome;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * A fault of a function: its invocations fail at once, hang until their timeout, or reach their timeout after some
 * seconds, without the wait for it.
 */
export type FunctionFault = "fails" | "hangs" | "times out";

/** Invocations of a function that were answered without running it. */
export interface DeferredInvocations {
  /** The invocations so far, oldest first. */
  readonly invocations: readonly { readonly qualifier: string; readonly input: string }[];
  /** Lets later invocations run again. */
  end(): void;
}

/** The Lambda functions. Each invocation runs the real handler in a separate process. */
export class Functions {
  private readonly functions = new Map<string, DeployedFunction>();
  private readonly faults = new Map<string, FunctionFault>();
  private readonly deferred = new Map<string, (qualifier: string, input: string) => Outcome>();
  private folders = 0;

  constructor(
    private readonly options: {
      readonly directory: string;
      readonly guard: ProcessGuard;
      readonly environment: Readonly<Record<string, string>>;
      /** Files that Lambda's runtime provides: their path in Lambda, and their path on this machine. */
      readonly runtimeFiles: Readonly<Record<string, string>>;
      readonly onEnd: (invocation: FunctionInvocation) => void;
    },
  ) {}

  deploy(name: string, settings: FunctionSettings): void {
    const latest = this.snapshot(settings);
    const known = this.functions.get(name);
    if (known) {
      known.latest = latest;
      return;
    }
    const log = new BoundedLog(join(this.options.directory, "logs", `lambda-${name}.log`));
    this.functions.set(name, { name, latest, versions: new Map(), running: 0, log });
  }

  names(): string[] {
    return [...this.functions.keys()];
  }

  /** Breaks a function, or repairs it if `fault` is undefined. */
  setFault(name: string, fault: FunctionFault | undefined): void {
    this.get(name);
    if (fault === undefined) this.faults.delete(name);
    else this.faults.set(name, fault);
  }

  /** Answers the invocations of a function with `result`, without running it. */
  defer(name: string, result: unknown): DeferredInvocations {
    this.get(name);
    const invocations: { qualifier: string; input: string }[] = [];
    this.deferred.set(name, (qualifier, input) => {
      invocations.push({ qualifier, input });
      return { result: JSON.stringify(result) };
    });
    return { invocations, end: () => this.deferred.delete(name) };
  }

  exists(name: string): boolean {
    return this.functions.has(name);
  }

  /** Publishes the latest code and configuration under the next version number. */
  publish(name: string): string {
    const { latest, versions } = this.get(name);
    const version = String(versions.size + 1);
    versions.set(version, latest);
    return version;
  }

  async remove(name: string): Promise<void> {
    const known = this.functions.get(name);
    if (!known) return;
    this.functions.delete(name);
    known.log.close();
    const folders = [known.latest, ...known.versions.values()].map(({ folder }) => folder);
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }

  /**
   * Invokes a function and resolves with its result, a JSON text.
   *
   * @throws Error if the function failed or exceeded its timeout. The message has the provider's wording and includes
   * the handler's message.
   */
  async invoke(name: string, qualifier: string, input: string, signal: AbortSignal): Promise<string> {
    const outcome = await this.run(name, qualifier, input, signal);
    if ("result" in outcome) return outcome.result;
    throw new Error(`invoking Lambda Function (${name}): ${JSON.stringify(outcome.error)}`);
  }

  async run(name: string, qualifier: string, input: string, signal: AbortSignal): Promise<Outcome> {
    const known = this.get(name);
    const deferred = this.deferred.get(name)?.(qualifier, input);
    if (deferred !== undefined) return deferred;
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
      const { guard, environment, runtimeFiles, onEnd } = this.options;
      const startedAt = Date.now();
      const event: unknown = JSON.parse(input);
      const { folder, settings } = snapshot;
      const own = Object.entries(settings.environment).map(([key, value]) => [
        key,
        runtimeFiles[value] ?? value,
      ]);
      const outcome = await runHandler({
        folder,
        handler: settings.handler,
        fault: this.faults.get(name),
        functionName: name,
        version: qualifier,
        event,
        timeoutSeconds: settings.timeoutSeconds,
        // The API recognizes the function by its access key.
        environment: { ...Object.fromEntries(own), ...environment, AWS_ACCESS_KEY_ID: name },
        log: known.log,
        guard,
        signal,
      });
      onEnd({ functionName: name, input: event, outcome, startedAt, endedAt: Date.now() });
      return outcome;
    } finally {
      known.running--;
    }
  }

  /** Closes only the logs, because each invocation ends with the step that started it. */
  close(): void {
    for (const { log } of this.functions.values()) log.close();
  }

  private get(name: string): DeployedFunction {
    const found = this.functions.get(name);
    if (!found) throw new AwsError("ResourceNotFoundException", `Function not found: ${name}`);
    return found;
  }

  private snapshot(settings: FunctionSettings): Snapshot {
    const folder = join(this.options.directory, "functions", String(++this.folders));
    extractArchive(settings.code, folder);
    return { settings, folder };
  }
}
