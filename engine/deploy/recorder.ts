import type { HookKind, Hooks, Registration } from "../program/registration";
import type { ResourceState, StackState } from "../state/stack-state";
import { mapValues } from "../values/codec";
import { StillRunningError } from "./call-limits";
import type { Decision } from "./decision";
import { type CallHook, runHooks } from "./hooks";
import type { StepLog } from "./step-log";

export interface RecorderOptions {
  readonly state: StackState;
  readonly log: StepLog;
  readonly save: () => Promise<void>;
  readonly callHook: CallHook;
}

/** What making a resource so has in common, whatever is done: the step is reported, the state written, hooks called. */
export class Recorder {
  constructor(private readonly options: RecorderOptions) {}

  async step<T>(
    registration: Registration,
    decision: Pick<Decision, "changes" | "replaceReasons"> & { readonly op: Decision["op"] | "import" },
    action: () => Promise<T>,
  ): Promise<T> {
    const { urn, type, parent, custom, dependencies, options } = registration;
    const { op, changes, replaceReasons } = decision;
    const draft = {
      op,
      urn,
      type,
      parent,
      custom,
      changes,
      replaceReasons,
      protect: options.protect ?? false,
    };
    return this.options.log.run(draft, [...dependencies, parent ?? "", options.provider ?? ""], action);
  }

  /** Notes in the state that something has begun, for the case that this process does not live to see its end. */
  async pending<T>(op: string, urn: string, action: () => Promise<T>): Promise<T> {
    const { state, save } = this.options;
    const operation = { op, urn };
    state.pending.add(operation);
    await save();
    try {
      const result = await action();
      state.pending.delete(operation);
      return result;
    } catch (error) {
      if (!(error instanceof StillRunningError)) state.pending.delete(operation);
      throw error;
    }
  }

  async record(
    registration: Registration,
    made: Pick<ResourceState, "inputs" | "outputs" | "id" | "initErrors">,
    save: boolean,
  ): Promise<void> {
    this.options.state.resources.set(registration.urn, this.newState(registration, made));
    if (save) await this.options.save();
  }

  newState(
    { urn, type, custom, parent, dependencies, propertyDependencies, options }: Registration,
    made: Pick<ResourceState, "inputs" | "outputs" | "id" | "initErrors">,
  ): ResourceState {
    const { protect, retainOnDelete, deletedWith, provider, importId, replacementTrigger, timeouts } =
      options;
    return {
      urn,
      type,
      custom,
      ...made,
      parent,
      dependencies: [...dependencies],
      propertyDependencies: mapValues(propertyDependencies, (urns) => [...urns]),
      ...(protect ? { protect } : {}),
      ...(retainOnDelete ? { retainOnDelete } : {}),
      ...(options.replaceOnChanges.length > 0 ? { replaceOnChanges: [...options.replaceOnChanges] } : {}),
      ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
      deletedWith,
      provider,
      importId,
      replacementTrigger,
    };
  }

  async hook(
    moment: HookKind,
    resource: { readonly urn: string; readonly type: string; readonly hooks: Hooks },
    states: { old?: ResourceState; next?: Partial<ResourceState> },
  ): Promise<void> {
    await runHooks(resource.hooks, moment, this.options.callHook, resource, states);
  }
}
