import { openProgram } from "../program/open-program";
import { EngineInputError, ProgramError, programError } from "../program/program-error";
import { loadProject, type Project } from "../program/project";
import { type ConfigValue, loadStackConfig } from "../program/stack-config";
import { lockState } from "../state/lock";
import type { StackState } from "../state/stack-state";
import { StateFile } from "../state/state-file";
import { countChanges } from "../state/step";
import { toPlain } from "../values/codec";
import { printable } from "../values/property-diff";
import type { Properties } from "../values/values";
import { deleteAll, refuseProtected } from "./deletion";
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
import { StepLog } from "./step-log";

export interface InProcessOptions {
  /** Folder of Pulumi.yaml. */
  readonly programDirectory: string;
  readonly stack: string;
  /** By package: `{ aws, random }`. */
  readonly provider: Providers;
  /** JSON file that holds the state; made by the first update, with its folder. */
  readonly stateFile: string;
  /** Any text; encrypts secrets in the state. The same one is needed ever after. */
  readonly encryptionKey: string;
  /** Default: the name in Pulumi.yaml. */
  readonly project?: string;
  /** What the program's `getOrganization()` says. Default "organization", as with the CLI's file backend. */
  readonly organization?: string;
  /** Longest time that the program may run without asking for a resource. Default 60. */
  readonly timeoutSeconds?: number;
  /** Limit of one provider call where the resource has no `customTimeouts`. Default 1800. */
  readonly operationTimeoutSeconds?: number;
  /** Provider calls that run at the same time. Default 16. */
  readonly parallel?: number;
  /** Outputs of other stacks, by the name that the program's StackReference uses. Default none. */
  readonly stackReferences?: Readonly<Record<string, Properties>>;
}

/** Runs a Pulumi program against provider objects in this process: no CLI, no plugins, no backend. */
export class InProcessEngine implements Engine {
  readonly #project: Project;
  readonly #file: StateFile;
  readonly #config = new Map<string, ConfigValue>();

  constructor(private readonly options: InProcessOptions) {
    const project = loadProject(options.programDirectory);
    this.#project = { ...project, name: options.project ?? project.name };
    const { stack, encryptionKey } = options;
    if (!/^[\w.-]{1,100}$/.test(stack)) {
      throw new EngineInputError(`"${stack}" is no stack name: up to 100 letters, digits, ".", "_" and "-".`);
    }
    this.#file = new StateFile(options.stateFile, { project: this.#project.name, stack, encryptionKey });
  }

  preview(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.#update(options, true);
  }

  async up(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.#locked(() => this.#update(options, false));
  }

  async destroy(options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.#locked(() =>
      this.#run(options, false, async ({ state, log, calls, signal, save }) => {
        const resources = state.all();
        refuseProtected(
          resources.filter((resource) => !resource.external),
          log,
        );
        // Hooks are functions of the program, which does not run while its resources are destroyed.
        const around = async () => {};
        await deleteAll(resources, { state, log, calls, preview: false, signal, save, around });
        state.outputs = {};
        return {};
      }),
    );
  }

  async outputs({ showSecrets = false } = {}): Promise<Record<string, unknown>> {
    const { outputs } = this.#file.load();
    return (showSecrets ? toPlain(outputs) : printable(outputs)) as Record<string, unknown>;
  }

  async setConfig(key: string, value: ConfigValue): Promise<void> {
    this.#config.set(key, value);
  }

  async #update(options: UpdateOptions, preview: boolean): Promise<UpdateResult> {
    const overrides = { ...Object.fromEntries(this.#config), ...options.config };
    const config = loadStackConfig(this.#project, this.options.stack, { overrides });
    return this.#run(options, preview, async ({ state, log, calls, signal, save, events }) => {
      if (options.refresh ?? this.#project.refresh) await refresh(state, calls, log);
      for (const { op, urn } of state.pending) {
        log.warn(`The last update was killed during the ${op} of ${urn}: look whether it exists.`, urn);
      }
      state.pending.clear();

      const { stack, organization = "organization", timeoutSeconds = 60 } = this.options;
      const deployment: Deployment = new Deployment({
        ...{ state, calls, log, preview, signal, save },
        callHook: (name, request) => program.session.callHook(name, request, preview),
        stackOutputs: (name) => this.#stackOutputs(name, organization, state),
      });
      const program = openProgram({
        ...{
          project: this.#project,
          stack,
          organization,
          config,
          preview,
          timeoutSeconds,
          monitor: deployment,
        },
        onEvent: events,
      });
      try {
        const failed = deployment.failed.then((error) => ({ error }));
        const end = await Promise.race([program.ended.then((failures) => ({ failures })), failed]);
        await deployment.settle();
        if ("error" in end) throw end.error;
        // A step can have failed while the last ones were awaited.
        signal.throwIfAborted();
        if (end.failures.length > 0) throw programError(end.failures, { steps: log.sorted() });
        await deployment.deleteRest();
        state.outputs = deployment.outputs;
      } catch (error) {
        // An output that it has not registered is not gone: it may not have come to it.
        state.outputs = { ...state.outputs, ...deployment.outputs };
        throw error;
      } finally {
        await program.close();
      }
      return deployment.outputs;
    });
  }

  /** What every operation has in common: the state, kept whatever happens, and one kind of error for a failure. */
  async #run(
    { signal: outer, onEvent: events = () => {} }: UpdateOptions,
    preview: boolean,
    action: (run: Run) => Promise<Properties>,
  ): Promise<UpdateResult> {
    const start = performance.now();
    const state = this.#file.load();
    const { signal, release } = ownSignal(outer);
    const log = new StepLog(events);
    const { provider, parallel = 16, operationTimeoutSeconds: timeoutSeconds = 1800 } = this.options;
    const calls = new ProviderCalls(
      provider,
      { parallel, timeoutSeconds, signal },
      this.#project.workingDirectory,
    );
    const save = preview ? async () => {} : () => this.#file.save(state);
    try {
      signal.throwIfAborted();
      const outputs = await action({ state, log, calls, signal, save, events });
      const steps = log.sorted();
      return {
        steps,
        changes: countChanges(steps),
        outputs,
        durationMs: Math.round(performance.now() - start),
      };
    } catch (error) {
      const failure = updateError(error, log, signal);
      events({ type: "diagnostic", severity: "error", message: failure.message, urn: log.failed?.urn });
      throw failure;
    } finally {
      release();
      await save();
    }
  }

  async #locked<T>(action: () => Promise<T>): Promise<T> {
    const release = lockState(this.#file.path);
    try {
      return await action();
    } finally {
      release();
    }
  }

  /** The CLI's names for a stack: `org/project/stack`, and `organization/…` for any organization. */
  #stackOutputs(name: string, organization: string, state: StackState): Properties | undefined {
    const { stack } = this.options;
    const project = this.#project.name;
    const own = [
      `${organization}/${project}/${stack}`,
      `organization/${project}/${stack}`,
      `${project}/${stack}`,
      stack,
    ];
    return own.includes(name) ? state.outputs : this.options.stackReferences?.[name];
  }
}

interface Run {
  readonly state: StackState;
  readonly log: StepLog;
  readonly calls: ProviderCalls;
  readonly signal: AbortSignal;
  readonly save: () => Promise<void>;
  readonly events: (event: EngineEvent) => void;
}

/** A signal for one update: a caller may use one of his for many, and would collect our listeners. */
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
    return new UpdateFailedError("The update was aborted. The next one goes on from here.", steps);
  const message = error instanceof Error ? error.message : String(error);
  const { failed } = log;
  if (failed === undefined) return new UpdateFailedError(message, steps);
  return new UpdateFailedError(
    `${failed.op} of ${failed.type} "${failed.name}" failed: ${message}`,
    steps,
    failed,
  );
}
