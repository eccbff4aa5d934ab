import type { Stack } from "@pulumi/pulumi/automation";
import { rejectProtected } from "../deploy/deletion";
import { type Engine, UpdateFailedError, type UpdateOptions, type UpdateResult } from "../deploy/engine";
import type { Providers } from "../deploy/provider";
import { parseLockHolder, StackLockedError } from "../deploy/stack-locked";
import { StepLog } from "../deploy/step-log";
import { EngineInputError, ProgramError } from "../program/program-error";
import { loadProject, type Project } from "../program/project";
import type { ConfigValue } from "../program/stack-config";
import { countChanges } from "../state/step";
import { STACK_TYPE } from "../state/urn";
import { propertiesFromWire, toPlain } from "../values/codec";
import { printable } from "../values/property-diff";
import { markSecrets } from "../values/secrecy";
import type { Properties } from "../values/values";
import { automation } from "./automation";
import { readProgramError } from "./program-error";
import { ProjectWorkspace } from "./project-workspace";
import { serveProvider } from "./provider-server";
import { type ScratchOptions, ScratchWorkspace } from "./scratch-workspace";
import { StepReader } from "./step-reader";
import type { PreparedStack, Workspace } from "./workspace";

export interface CliOptions {
  readonly programDirectory: string;
  readonly stack: string;
  /**
   * Providers that this process serves, by package name, such as `{ aws, random }`.
   *
   * @default the CLI's own plugins
   */
  readonly provider?: Providers;
  /**
   * A state and config of its own.
   *
   * @default the backend of the user's environment, and the stack's file in the project
   */
  readonly scratch?: ScratchOptions;
}

/** Seconds after an abort until the CLI must end at once. */
const STOP_SECONDS = 20;
const PARALLEL_CALLS = 16;
/** The CLI selects a provider by package and version; this process serves only one provider for each package. */
const ANY_VERSION = "0.0.1";

/** Deploys a Pulumi program with the Pulumi CLI on the PATH. This process serves the provider objects. */
export class CliEngine implements Engine {
  private readonly project: Project;
  private readonly workspace: Workspace;

  constructor(private readonly options: CliOptions) {
    this.project = loadProject(options.programDirectory);
    const { project } = this;
    const { stack, scratch } = options;
    this.workspace = scratch
      ? new ScratchWorkspace({ project, stack, ...scratch })
      : new ProjectWorkspace(project, stack);
  }

  preview(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.run(options, true, async ({ stack, configFile, reader, signal }) => {
      await stack.preview({ ...this.flags, configFile, signal, onEvent: (event) => reader.read(event) });
      return reader.outputs;
    });
  }

  up(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.run(options, false, async ({ stack, configFile, reader, signal }) => {
      const { outputs } = await stack.up({
        ...this.flags,
        configFile,
        signal,
        onEvent: (event) => reader.read(event),
      });
      const plain = Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
      return markSecrets(propertiesFromWire(plain, this.project.workingDirectory), reader.outputs);
    });
  }

  destroy(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.run(options, false, async ({ stack, configFile, reader, signal }) => {
      const owned = (await exported(stack)).filter((resource) => !resource.external);
      rejectProtected(owned, new StepLog(() => {}));
      await stack.destroy({ ...this.flags, configFile, signal, onEvent: (event) => reader.read(event) });
      return {};
    });
  }

  async outputs({ showSecrets = false } = {}): Promise<Record<string, unknown>> {
    const { stack } = await this.workspace.prepare({ refresh: this.project.refresh, ports: {} });
    const root = (await exported(stack)).find((resource) => resource.type === STACK_TYPE);
    const outputs = propertiesFromWire(root?.outputs, this.project.workingDirectory);
    return (showSecrets ? toPlain(outputs) : printable(outputs)) as Record<string, unknown>;
  }

  async exportState(): Promise<unknown> {
    const { stack } = await this.workspace.prepare({ refresh: this.project.refresh, ports: {} });
    return await stack.exportStack();
  }

  async setConfig(key: string, value: ConfigValue): Promise<void> {
    await this.workspace.setConfig(key, value);
  }

  /** Removes the lock that a killed update has left. */
  async cancel(): Promise<void> {
    const { stack } = await this.workspace.prepare({ refresh: this.project.refresh, ports: {} });
    await stack.cancel();
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
    const reader = new StepReader(options.onEvent ?? (() => {}), preview, this.project.workingDirectory);
    const interruption = interruptible(options.signal);
    const { ports, close } = await this.serveProviders();
    try {
      const refresh = options.refresh ?? this.project.refresh;
      const overrides = options.config ?? {};
      const prepared = await this.workspace.prepare({ overrides, refresh, ports });
      interruption.signal.throwIfAborted();
      const outputs = await action({ ...prepared, reader, signal: interruption.signal });
      const { steps } = reader;
      const durationMs = Math.round(performance.now() - start);
      return { steps, changes: countChanges(steps), outputs, durationMs };
    } catch (error) {
      throw runError(error, reader, interruption.signal, this.project.directory);
    } finally {
      interruption.release();
      this.workspace.endRun();
      await close();
    }
  }

  private async serveProviders(): Promise<{ ports: Record<string, number>; close: () => Promise<void> }> {
    const directory = this.project.workingDirectory;
    const served = await Promise.all(
      Object.entries(this.options.provider ?? {}).map(async ([name, each]) => {
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

interface CliRun extends PreparedStack {
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
    return new StackLockedError(parseLockHolder(error.message));
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
