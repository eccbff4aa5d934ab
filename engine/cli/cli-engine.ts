import type { Stack } from "@pulumi/pulumi/automation";
import { rejectProtected } from "../deploy/deletion";
import { type Engine, UpdateFailedError, type UpdateOptions, type UpdateResult } from "../deploy/engine";
import type { Providers } from "../deploy/provider";
import { StepLog } from "../deploy/step-log";
import { EngineInputError, ProgramError } from "../program/program-error";
import { loadProject, type Project } from "../program/project";
import { type ConfigValue, loadStackConfig } from "../program/stack-config";
import { countChanges } from "../state/step";
import { STACK_TYPE } from "../state/urn";
import { propertiesFromWire, toPlain } from "../values/codec";
import { printable } from "../values/property-diff";
import { markSecrets } from "../values/secrecy";
import type { Properties } from "../values/values";
import { automation } from "./automation";
import { readProgramError } from "./program-error";
import { serveProvider } from "./provider-server";
import { StepReader } from "./step-reader";
import { CliWorkspace } from "./workspace";

export interface CliOptions {
  readonly programDirectory: string;
  readonly stack: string;
  /** The providers by package name, such as `{ aws, random }`. */
  readonly provider: Providers;
  /** Folder of the state (the CLI's file backend) and of the CLI's own files. The first run creates it. */
  readonly stateDirectory: string;
  /** Encrypts the secrets in the state. All runs with the same state need the same passphrase. */
  readonly passphrase: string;
}

/** Seconds after an abort until the CLI must end at once. */
const STOP_SECONDS = 20;
const PARALLEL_CALLS = 16;
/** The CLI selects a provider by package and version; this process serves only one provider for each package. */
const ANY_VERSION = "0.0.1";

/** Deploys a Pulumi program with the Pulumi CLI on the PATH. This process serves the provider objects to the CLI. */
export class CliEngine implements Engine {
  private readonly project: Project;
  private readonly workspace: CliWorkspace;
  private readonly config = new Map<string, ConfigValue>();

  constructor(private readonly options: CliOptions) {
    this.project = loadProject(options.programDirectory);
    this.workspace = new CliWorkspace({
      project: this.project,
      stack: options.stack,
      directory: options.stateDirectory,
      passphrase: options.passphrase,
    });
  }

  preview(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.run(options, true, async ({ stack, reader, signal }) => {
      await stack.preview({ ...this.flags, signal, onEvent: (event) => reader.read(event) });
      return reader.outputs;
    });
  }

  up(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.run(options, false, async ({ stack, reader, signal }) => {
      const { outputs } = await stack.up({
        ...this.flags,
        signal,
        onEvent: (event) => reader.read(event),
      });
      const plain = Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
      return markSecrets(propertiesFromWire(plain, this.project.workingDirectory), reader.outputs);
    });
  }

  destroy(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.run(options, false, async ({ stack, reader, signal }) => {
      const owned = (await exported(stack)).filter((resource) => !resource.external);
      rejectProtected(owned, new StepLog(() => {}));
      await stack.destroy({ ...this.flags, signal, onEvent: (event) => reader.read(event) });
      return {};
    });
  }

  async outputs({ showSecrets = false } = {}): Promise<Record<string, unknown>> {
    const stack = await this.workspace.prepare({ refresh: this.project.refresh, ports: {} });
    const root = (await exported(stack)).find((resource) => resource.type === STACK_TYPE);
    const outputs = propertiesFromWire(root?.outputs, this.project.workingDirectory);
    return (showSecrets ? toPlain(outputs) : printable(outputs)) as Record<string, unknown>;
  }

  async setConfig(key: string, value: ConfigValue): Promise<void> {
    this.config.set(key, value);
  }

  private get flags() {
    return { color: "never", suppressOutputs: true, parallel: PARALLEL_CALLS } as const;
  }

  private async run(
    options: UpdateOptions,
    preview: boolean,
    action: (run: CliRun) => Promise<Properties>,
  ): Promise<UpdateResult> {
    const start = performance.now();
    const config = this.loadConfig(options);
    const reader = new StepReader(options.onEvent ?? (() => {}), preview, this.project.workingDirectory);
    const interruption = interruptible(options.signal);
    const { ports, close } = await this.serveProviders();
    try {
      const refresh = options.refresh ?? this.project.refresh;
      const stack = await this.workspace.prepare({ config, refresh, ports });
      interruption.signal.throwIfAborted();
      const outputs = await action({ stack, reader, signal: interruption.signal });
      const { steps } = reader;
      const durationMs = Math.round(performance.now() - start);
      return { steps, changes: countChanges(steps), outputs, durationMs };
    } catch (error) {
      throw runError(error, reader, interruption.signal, this.project.directory);
    } finally {
      interruption.release();
      await close();
    }
  }

  private loadConfig(options: UpdateOptions) {
    const overrides = { ...Object.fromEntries(this.config), ...options.config };
    return loadStackConfig(this.project, this.options.stack, { overrides });
  }

  private async serveProviders(): Promise<{ ports: Record<string, number>; close: () => Promise<void> }> {
    const directory = this.project.workingDirectory;
    const served = await Promise.all(
      Object.entries(this.options.provider).map(async ([name, each]) => {
        const { port, close } = await serveProvider(name, ANY_VERSION, each, directory);
        return { name, port, close };
      }),
    );
    return {
      ports: Object.fromEntries(served.map(({ name, port }) => [name, port])),
      close: async () => {
        await Promise.all(served.map(({ close }) => close()));
      },
    };
  }
}

interface CliRun {
  readonly stack: Stack;
  readonly reader: StepReader;
  readonly signal: AbortSignal;
}

async function exported(
  stack: Stack,
): Promise<{ urn: string; type: string; protect?: boolean; external?: boolean; outputs?: object }[]> {
  return (await stack.exportStack()).deployment?.resources ?? [];
}

/**
 * Makes the abort signal of one run. The CLI finishes its running steps after a first SIGINT, and ends at once after
 * a second one.
 */
function interruptible(outer: AbortSignal | undefined): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let again: NodeJS.Timeout | undefined;
  const abort = () => {
    controller.abort(outer?.reason);
    // The Automation API sends a SIGINT for each abort event.
    again = setTimeout(() => controller.signal.dispatchEvent(new Event("abort")), STOP_SECONDS * 1000);
  };
  if (outer?.aborted) abort();
  outer?.addEventListener("abort", abort);
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(again);
      outer?.removeEventListener("abort", abort);
    },
  };
}

function runError(error: unknown, reader: StepReader, signal: AbortSignal, directory: string): Error {
  const { steps, errors, failed } = reader;
  if (error instanceof UpdateFailedError || error instanceof EngineInputError) return error;
  if (error instanceof automation().ConcurrentUpdateError)
    return new EngineInputError(
      "The stack is already being updated by another process. Wait for that update.",
    );
  if (signal.aborted)
    return new UpdateFailedError(
      "The update was aborted. The next update continues from the recorded state.",
      steps,
    );
  if (failed !== undefined) {
    const message = `${failed.op} of ${failed.type} "${failed.name}" failed: ${failed.error}`;
    return new UpdateFailedError(message, steps, failed);
  }
  const said = errors.map(({ message }) => message).join("\n");
  const byProgram = errors.every(({ urn }) => urn === undefined || urn.includes(`::${STACK_TYPE}::`));
  if (said !== "" && byProgram) {
    const { message, frames } = readProgramError(said, directory);
    return new ProgramError(message, frames, steps);
  }
  return new UpdateFailedError(said || (error instanceof Error ? error.message : String(error)), steps);
}
