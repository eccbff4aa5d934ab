import { randomUUID } from "node:crypto";
import { formerUrns } from "./aliases";
import { mapValues } from "./codec";
import { type DeletionContext, deleteAll, deleteOne, refuseProtected } from "./deletion";
import { type CallHook, runHooks } from "./hooks";
import { diffValues, toPropertyChange } from "./property-diff";
import type { DiffResult } from "./provider";
import { type Made, type ProviderCalls, StillRunningError } from "./provider-calls";
import type {
  HookKind,
  Hooks,
  InvokeAnswer,
  Monitor,
  ReadRequest,
  Registration,
  ResourceAnswer,
} from "./registration";
import { replacedDependents } from "./replacement";
import { markSecrets } from "./secrecy";
import type { ResourceState, StackState } from "./state";
import type { StepLog } from "./step-log";
import { applyIgnoreChanges, type Decision, decide, forcedReplacements } from "./steps";
import { providerPackage, STACK_REFERENCE_TYPE, STACK_TYPE } from "./urn";
import { containsSecret, type Properties, UNKNOWN } from "./values";

export interface DeploymentOptions {
  readonly state: StackState;
  readonly calls: ProviderCalls;
  readonly log: StepLog;
  /** Changes nothing: providers are asked what they would do. */
  readonly preview: boolean;
  readonly signal: AbortSignal;
  readonly save: () => Promise<void>;
  readonly callHook: CallHook;
  /** Outputs of other stacks, by what the program calls them; undefined when the engine does not know the stack. */
  readonly stackOutputs: (name: string) => Properties | undefined;
}

/** Makes what the program declares so, resource by resource, while it declares them. */
export class Deployment implements Monitor {
  /** Resolves when a step has failed; nothing is started after it. */
  readonly failed: Promise<unknown>;
  /** The stack's outputs as the program registered them. */
  outputs: Properties = {};
  #fail: (error: unknown) => void = () => {};
  #stopped = false;
  readonly #running = new Set<Promise<unknown>>();
  readonly #seen = new Set<string>();
  readonly #former = new Map<string, string>();
  readonly #replaced = new Set<string>();
  readonly #hooks = new Map<string, Hooks>();

  constructor(private readonly options: DeploymentOptions) {
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
    options.signal.addEventListener("abort", () => this.#stop(options.signal.reason), { once: true });
  }

  register(registration: Registration): Promise<ResourceAnswer> {
    return this.#guarded(async () => {
      if (registration.remote) {
        throw new Error(`${registration.type} comes from a component plugin; those need the Pulumi CLI.`);
      }
      const old = this.#findOld(registration);
      this.#hooks.set(registration.urn, registration.hooks);
      return registration.custom && providerPackage(registration.type) === undefined
        ? this.#registerCustom(registration, old)
        : this.#registerBuiltIn(registration, old);
    });
  }

  async registerOutputs(urn: string, outputs: Properties): Promise<void> {
    const resource = this.options.state.resources.get(urn);
    if (resource === undefined) throw new Error(`Outputs for ${urn}, which was not declared.`);
    resource.outputs = outputs;
    if (resource.type === STACK_TYPE) this.outputs = outputs;
  }

  read(request: ReadRequest): Promise<ResourceAnswer> {
    return this.#guarded(async () => {
      this.#seen.add(request.urn);
      if (request.type === STACK_REFERENCE_TYPE) return this.#readStack(request);
      const { urn, type, parent, inputs } = request;
      const dependencies = [...request.dependencies];
      const draft = { op: "read", urn, type, parent, custom: true, protect: false } as const;
      return this.options.log.run(draft, [...dependencies, parent ?? ""], async () => {
        if (request.id === undefined) return { outputs: inputs };
        const live = await this.options.calls.read(urn, request.id, inputs, request.additionalSecretOutputs);
        if (live === "unsupported") throw new Error(`The provider cannot read ${type}.`);
        if (live === undefined) throw new Error(`There is no ${type} with id "${request.id}".`);
        const old = this.options.state.resources.get(urn);
        if (old !== undefined && !old.external) this.options.state.condemned.add(old);
        const { id, outputs } = live;
        const state = { urn, type, custom: true, id, inputs, outputs, parent, dependencies, external: true };
        this.options.state.resources.set(urn, { ...state, propertyDependencies: {} });
        return { id, outputs };
      });
    });
  }

  async invoke(token: string, args: Properties): Promise<InvokeAnswer> {
    if (token !== "pulumi:pulumi:getResource") return this.options.calls.invoke(token, args);
    const resource = this.options.state.resources.get(String(args.urn));
    if (resource === undefined) throw new Error(`There is no resource ${String(args.urn)}.`);
    return { outputs: { urn: resource.urn, id: resource.id ?? "", state: resource.outputs } };
  }

  /** Waits for the steps that run. Nothing new is started once a step has failed. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Deletes what the program no longer declares and what was replaced. Protection is looked at first. */
  async deleteRest(): Promise<void> {
    const { state, log } = this.options;
    const gone = [...state.resources.values()].filter((resource) => !this.#seen.has(resource.urn));
    const owned = gone.filter((resource) => !resource.external);
    refuseProtected(owned, log);
    await deleteAll([...gone, ...state.condemned], this.#deletion());
  }

  #stop(error: unknown): void {
    this.#stopped = true;
    this.#fail(error);
  }

  /** A failed step ends the update: the program gets no answer, to this or to anything after it. */
  async #guarded<T>(step: () => Promise<T>): Promise<T> {
    const never = new Promise<never>(() => {});
    if (this.#stopped) return never;
    const running = step();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      this.#stop(error);
      return never;
    } finally {
      this.#running.delete(running);
    }
  }

  /** The last state of a resource, under its URN or one that it had before. */
  #findOld({ urn, parent, options }: Registration): ResourceState | undefined {
    const { state } = this.options;
    this.#seen.add(urn);
    const own = state.resources.get(urn);
    if (own !== undefined) return own;
    const candidates = formerUrns(urn, parent, options.aliases, (each) => this.#former.get(each));
    const former = candidates.find((candidate) => state.resources.has(candidate));
    if (former === undefined) return undefined;
    if (this.#seen.has(former)) throw new Error(`${urn} has the alias ${former}, which is declared as well.`);
    this.#former.set(urn, former);
    state.rename(former, urn);
    return state.resources.get(urn);
  }

  /** The stack, components and explicit providers: known to no provider, so the engine keeps them itself. */
  async #registerBuiltIn(
    registration: Registration,
    old: ResourceState | undefined,
  ): Promise<ResourceAnswer> {
    const { inputs, custom } = registration;
    const changes = diffValues(old?.inputs ?? {}, inputs).map((change) => toPropertyChange(change, false));
    const op = old === undefined ? "create" : changes.length > 0 ? "update" : "same";
    return this.#step(
      registration,
      { op, changes: old === undefined ? [] : changes, replaceReasons: [] },
      async () => {
        const id = custom ? (old?.id ?? (this.options.preview ? undefined : randomUUID())) : undefined;
        const outputs = custom ? inputs : (old?.outputs ?? {});
        await this.#record(registration, { inputs, outputs, id }, op !== "same");
        return { id, outputs: custom ? outputs : {} };
      },
    );
  }

  async #registerCustom(registration: Registration, old: ResourceState | undefined): Promise<ResourceAnswer> {
    const { urn, options } = registration;
    const { importId } = options;
    if (
      importId !== undefined &&
      (old === undefined || old.external || (old.importId ?? old.id) !== importId)
    ) {
      return this.#import(registration, importId, old);
    }
    const { calls, preview } = this.options;
    const known = old?.inputs ?? {};
    let inputs: Properties = {};
    let diff: DiffResult = {};
    let decision: Decision;
    try {
      inputs = await calls.check(urn, known, keepIgnored(registration, old));
      if (old !== undefined && !old.external && !old.pendingReplacement) diff = await calls.diff(old, inputs);
      const forced = old === undefined ? [] : forcedReplacements(registration, old, this.#replaced);
      decision = decide(old, inputs, registration, diff, forced);
      if (decision.op === "replace") inputs = await this.#beforeReplacing(registration, old);
    } catch (error) {
      const op = old === undefined ? "create" : "update";
      return this.#step(registration, { op, changes: [], replaceReasons: [] }, () => Promise.reject(error));
    }
    return this.#step(registration, decision, async () => {
      if (old === undefined || decision.op === "create") return this.#create(registration, inputs, undefined);
      if (decision.op === "replace") return this.#replace(registration, inputs, old, decision);
      if (decision.op === "same") {
        const { id, outputs } = old;
        await this.#record(registration, { inputs, outputs, id }, false);
        return { id, outputs };
      }
      if (!preview) return this.#update(registration, inputs, old);
      const outputs = { ...old.outputs, ...inputs, ...unknowns(diff.unknowns ?? []) };
      await this.#record(registration, { inputs, outputs, id: old.id }, false);
      return { id: old.id, outputs };
    });
  }

  /** Refuses to replace what is protected, and checks the inputs afresh, without defaults taken over from the old. */
  async #beforeReplacing(registration: Registration, old: ResourceState | undefined): Promise<Properties> {
    const { urn, options } = registration;
    if (old?.protect && options.protect) {
      throw new Error(
        `${urn} is protected, and the change needs it replaced. Take the change back, or set \`protect: false\`.`,
      );
    }
    return this.options.calls.check(urn, {}, keepIgnored(registration, old));
  }

  async #create(
    registration: Registration,
    inputs: Properties,
    old: ResourceState | undefined,
  ): Promise<ResourceAnswer> {
    const { urn, options } = registration;
    await this.#hook("beforeCreate", registration, { old, next: { inputs } });
    const replaced = old !== undefined && !old.pendingReplacement ? old : undefined;
    if (this.options.preview) {
      if (replaced !== undefined) this.options.state.condemned.add(replaced);
      const outputs = markSecrets(inputs, inputs, options.additionalSecretOutputs);
      await this.#record(registration, { inputs, outputs }, false);
      return { outputs };
    }
    const { calls } = this.options;
    const { additionalSecretOutputs, timeouts } = options;
    const made = await this.#pending("create", urn, () =>
      calls.create(urn, inputs, additionalSecretOutputs, timeouts.create),
    );
    // Its replacement stands: from now on the old one is to be deleted.
    if (replaced !== undefined) this.options.state.condemned.add(replaced);
    return this.#made("afterCreate", registration, inputs, made, old);
  }

  async #update(registration: Registration, inputs: Properties, old: ResourceState): Promise<ResourceAnswer> {
    const { additionalSecretOutputs, timeouts } = registration.options;
    await this.#hook("beforeUpdate", registration, { old, next: { inputs } });
    const made = await this.#pending("update", registration.urn, () =>
      this.options.calls.update(old, inputs, additionalSecretOutputs, timeouts.update),
    );
    return this.#made("afterUpdate", registration, inputs, made, old);
  }

  async #made(
    moment: HookKind,
    registration: Registration,
    inputs: Properties,
    { id, outputs, initErrors }: Made,
    old: ResourceState | undefined,
  ): Promise<ResourceAnswer> {
    const errors = initErrors === undefined ? undefined : [...initErrors];
    await this.#record(registration, { inputs, outputs, id, initErrors: errors }, true);
    if (initErrors !== undefined)
      throw new Error(`It exists but did not become well: ${initErrors.join("; ")}`);
    await this.#hook(moment, registration, { old, next: { inputs, outputs, id } });
    return { id, outputs };
  }

  async #replace(
    registration: Registration,
    inputs: Properties,
    old: ResourceState,
    decision: Decision,
  ): Promise<ResourceAnswer> {
    this.#replaced.add(registration.urn);
    if (decision.deleteBeforeReplace && !old.pendingReplacement) {
      const deletion = this.#deletion();
      const dependents = await replacedDependents(old, this.options.state, this.#seen, this.options.calls);
      refuseProtected(dependents, this.options.log);
      const urns = new Set([old, ...dependents].map((resource) => resource.urn));
      for (const resource of [...dependents.reverse(), old]) {
        // It stays in the state until its replacement stands, so that a failure in between is not forgotten.
        const left = { ...resource, pendingReplacement: true };
        this.options.state.condemned.add(resource);
        this.options.state.resources.set(resource.urn, left);
        await deleteOne(resource, urns, deletion);
      }
      return this.#create(registration, inputs, this.options.state.resources.get(registration.urn));
    }
    return this.#create(registration, inputs, old);
  }

  async #import(
    registration: Registration,
    importId: string,
    old: ResourceState | undefined,
  ): Promise<ResourceAnswer> {
    const { urn, type, options } = registration;
    const { calls, state } = this.options;
    return this.#step(registration, { op: "import", changes: [], replaceReasons: [] }, async () => {
      const live = await calls.read(urn, importId, {}, options.additionalSecretOutputs);
      if (live === "unsupported")
        throw new Error(`The provider cannot read ${type}, so it cannot be imported.`);
      if (live === undefined) throw new Error(`There is no ${type} with id "${importId}" to import.`);
      const inputs = await calls.check(urn, {}, registration.inputs);
      const found = { inputs: live.inputs ?? live.outputs, outputs: live.outputs, id: live.id };
      const diff = await calls.diff(this.#newState(registration, found), inputs);
      const changes = diffValues(found.inputs, inputs);
      if (
        diff.changes ??
        changes.some((change) => change.path[0] !== undefined && change.path[0] in inputs)
      ) {
        const paths = changes.map((change) => toPropertyChange(change, false).path).join(", ");
        throw new Error(
          `The inputs do not match what exists as "${importId}": ${paths}. Adjust the program.`,
        );
      }
      if (old !== undefined && !old.external) state.condemned.add(old);
      await this.#record(registration, { ...found, inputs }, true);
      return { id: live.id, outputs: live.outputs };
    });
  }

  #readStack({ urn, type, parent, id, inputs, dependencies }: ReadRequest): ResourceAnswer {
    const name = String(id ?? inputs.name);
    const found = this.options.stackOutputs(name);
    if (found === undefined) {
      throw new Error(`The outputs of stack "${name}" are not known to this engine; it knows its own stack.`);
    }
    const secretOutputNames = Object.keys(found).filter((key) => containsSecret(found[key] ?? null));
    const outputs = { name, outputs: found, secretOutputNames };
    const state = { urn, type, custom: true, id: name, inputs, outputs: { name }, parent, external: true };
    this.options.state.resources.set(urn, {
      ...state,
      dependencies: [...dependencies],
      propertyDependencies: {},
    });
    return { id: name, outputs };
  }

  async #step<T>(
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
  async #pending<T>(op: string, urn: string, action: () => Promise<T>): Promise<T> {
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

  async #record(
    registration: Registration,
    made: Pick<ResourceState, "inputs" | "outputs" | "id" | "initErrors">,
    save: boolean,
  ): Promise<void> {
    this.options.state.resources.set(registration.urn, this.#newState(registration, made));
    if (save) await this.options.save();
  }

  #newState(
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

  #deletion(): DeletionContext {
    const { state, log, calls, preview, signal, save } = this.options;
    const around = (moment: HookKind, resource: ResourceState) =>
      this.#hook(moment, { ...resource, hooks: this.#hooks.get(resource.urn) ?? {} }, { old: resource });
    return { state, log, calls, preview, signal, save, around };
  }

  async #hook(
    moment: HookKind,
    resource: { readonly urn: string; readonly type: string; readonly hooks: Hooks },
    states: { old?: ResourceState; next?: Partial<ResourceState> },
  ): Promise<void> {
    await runHooks(resource.hooks, moment, this.options.callHook, resource, states);
  }
}

function unknowns(keys: readonly string[]): Properties {
  return Object.fromEntries(keys.map((key) => [key, UNKNOWN]));
}

function keepIgnored({ inputs, options }: Registration, old: ResourceState | undefined): Properties {
  return old === undefined || old.external
    ? inputs
    : applyIgnoreChanges(inputs, old.inputs, options.ignoreChanges);
}
