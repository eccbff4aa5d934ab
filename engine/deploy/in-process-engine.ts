import { openProgram } from "../program/open-program";
import { EngineInputError, ProgramError, programError } from "../program/program-error";
import { loadProject, type Project } from "../program/project";
import { type ConfigValue, loadStackConfig } from "../program/stack-config";
import { type ResourceState, StackState } from "../state/stack-state";
import { countChanges } from "../state/step";
import { toPlain } from "../values/codec";
import { printable } from "../values/property-diff";
import type { Properties } from "../values/values";
import { deleteAll, rejectProtected } from "./deletion";
import { Deployment } from "./deployment";
import {
  type Engine,
  type EngineEvent,
  UpdateFailedError,
  type UpdateOptions,
  type UpdateResult,
} from "./engine";
import type { Providers } from "./provider";
import { ProviderCalls } from "./provider-calls";
import { refresh } from "./refresh";
import { StackLockedError } from "./stack-locked";
import { StepLog } from "./step-log";

const PARALLEL_CALLS = 16;
const PROGRAM_TIMEOUT_SECONDS = 60;
const CALL_TIMEOUT_SECONDS = 1800;
/** The organization that the CLI's file backend uses. */
const ORGANIZATION = "organization";

export interface InProcessOptions {
  /** Folder of Pulumi.yaml. */
  readonly programDirectory: string;
  readonly stack: string;
  /** The providers by package name, such as `{ aws, random }`. */
  readonly provider: Providers;
  /**
   * The state before the first update. Updates change this object.
   *
   * @default an empty state
   */
  readonly state?: StackState;
  /**
   * Environment variables of the program besides those of this process.
   *
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Longest time in seconds that the program may run without a request to the engine.
   *
   * @default 60
   */
  readonly timeoutSeconds?: number;
  /**
   * Scheduling priority of the program's process, from -20 (highest) to 19 (lowest).
   *
   * @default the priority of this process
   */
  readonly priority?: number;
}

/**
 * Deploys a Pulumi program without the CLI, with provider objects in this process. The state exists only in memory.
 */
export class InProcessEngine implements Engine {
  private readonly project: Project;
  private readonly state: StackState;
  private readonly config = new Map<string, ConfigValue>();
  private isUpdating = false;

  constructor(private readonly options: InProcessOptions) {
    this.project = loadProject(options.programDirectory);
    this.state = options.state ?? new StackState();
    const { stack } = options;
    if (!/^[\w.-]{1,100}$/.test(stack)) {
      throw new EngineInputError(
        `stack must be up to 100 letters, digits, ".", "_" and "-", got ${JSON.stringify(stack)}.`,
      );
    }
  }

  preview(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.update(options, this.state.copy(), true);
  }

  async up(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.exclusive(() => this.update(options, this.state, false));
  }

  async destroy(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.exclusive(() =>
      this.run(options, this.state, async ({ state, log, calls, signal }) => {
        const resources = state.all();
        rejectProtected(resources, log);
        await deleteAll(resources, { state, log, calls, preview: false, signal });
        state.outputs = {};
        return {};
      }),
    );
  }

  async outputs({ showSecrets = false } = {}): Promise<Record<string, unknown>> {
    const { outputs } = this.state;
    return (showSecrets ? toPlain(outputs) : printable(outputs)) as Record<string, unknown>;
  }

  async exportState(): Promise<unknown> {
    const { resources, pendingDeletes, outputs } = this.state;
    const plain = (resource: ResourceState) => ({
      ...resource,
      inputs: printable(resource.inputs),
      outputs: printable(resource.outputs),
    });
    return {
      resources: [...resources.values()].map(plain),
      pendingDeletes: [...pendingDeletes].map(plain),
      outputs: printable(outputs),
    };
  }

  async setConfig(key: string, value: ConfigValue): Promise<void> {
    this.config.set(key, value);
  }

  /** Another engine with a copy of the recorded state and of the config, as another runner would read them. */
  copy(): InProcessEngine {
    const copy = new InProcessEngine({ ...this.options, state: this.state.copy() });
    for (const [key, value] of this.config) copy.config.set(key, value);
    return copy;
  }

  private async update(options: UpdateOptions, target: StackState, preview: boolean): Promise<UpdateResult> {
    const { project } = this;
    const { stack, environment, priority, timeoutSeconds = PROGRAM_TIMEOUT_SECONDS } = this.options;
    const overrides = { ...Object.fromEntries(this.config), ...options.config };
    const config = loadStackConfig(project, stack, { overrides });
    return this.run(options, target, async ({ state, log, calls, signal, onEvent }) => {
      if (options.refresh ?? project.refresh) await refresh(state, calls, log);
      const stackOutputs = (name: string) => (this.isOwnName(name) ? state.outputs : undefined);
      const deployment = new Deployment({ state, calls, log, preview, signal, stackOutputs });
      const program = openProgram({
        ...{
          project,
          stack,
          organization: ORGANIZATION,
          config,
          environment,
          priority,
          preview,
          timeoutSeconds,
          onEvent,
        },
        handler: deployment,
      });
      try {
        const failed = deployment.failed.then((error) => ({ error }));
        const end = await Promise.race([program.ended.then((failures) => ({ failures })), failed]);
        await deployment.settle();
        if ("error" in end) throw end.error;
        // A step may have failed while the deployment settled.
        signal.throwIfAborted();
        if (end.failures.length > 0) throw programError(end.failures, { steps: log.sorted() });
        await deployment.deleteRest();
        state.outputs = deployment.outputs;
      } catch (error) {
        // The program may have failed before it registered its outputs, so those of the last update are kept.
        state.outputs = { ...state.outputs, ...deployment.outputs };
        throw error;
      } finally {
        await program.close();
      }
      return deployment.outputs;
    });
  }

  private async run(
    { signal: outer, onEvent = () => {} }: UpdateOptions,
    state: StackState,
    action: (context: UpdateContext) => Promise<Properties>,
  ): Promise<UpdateResult> {
    const start = performance.now();
    const { signal, release } = ownSignal(outer);
    const log = new StepLog(onEvent);
    const limits = { parallel: PARALLEL_CALLS, timeoutSeconds: CALL_TIMEOUT_SECONDS, signal };
    const calls = new ProviderCalls(this.options.provider, limits, this.project.workingDirectory);
    try {
      signal.throwIfAborted();
      const outputs = await action({ state, log, calls, signal, onEvent });
      const steps = log.sorted();
      return {
        steps,
        changes: countChanges(steps),
        outputs,
        durationMs: Math.round(performance.now() - start),
      };
    } catch (error) {
      const failure = updateError(error, log, signal);
      onEvent({ type: "diagnostic", severity: "error", message: failure.message, urn: log.failed?.urn });
      throw failure;
    } finally {
      release();
    }
  }

  private async exclusive<T>(action: () => Promise<T>): Promise<T> {
    if (this.isUpdating) throw new StackLockedError();
    this.isUpdating = true;
    try {
      return await action();
    } finally {
      this.isUpdating = false;
    }
  }

  private isOwnName(name: string): boolean {
    const own = `${this.project.name}/${this.options.stack}`;
    return [`${ORGANIZATION}/${own}`, own, this.options.stack].includes(name);
  }
}

interface UpdateContext {
  readonly state: StackState;
  readonly log: StepLog;
  readonly calls: ProviderCalls;
  readonly signal: AbortSignal;
  readonly onEvent: (event: EngineEvent) => void;
}

/**
 * Makes an abort signal for one update. A caller may pass the same signal to many updates, and their listeners would
 * accumulate on it.
 */
function ownSignal(outer: AbortSignal | undefined): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(outer?.reason);
  if (outer?.aborted) abort();
  outer?.addEventListener("abort", abort);
  return { signal: controller.signal, release: () => outer?.removeEventListener("abort", abort) };
}

function updateError(error: unknown, log: StepLog, signal: AbortSignal): Error {
  if (
    error instanceof ProgramError ||
    error instanceof UpdateFailedError ||
    error instanceof EngineInputError
  ) {
    return error;
  }
  const steps = log.sorted();
  if (signal.aborted)
    return new UpdateFailedError(
      "The update was aborted. The next update continues from the recorded state.",
      steps,
    );
  const message = error instanceof Error ? error.message : String(error);
  const { failed } = log;
  if (failed === undefined) return new UpdateFailedError(message, steps);
  return new UpdateFailedError(
    `${failed.op} of ${failed.type} "${failed.name}" failed: ${message}`,
    steps,
    failed,
  );
}
