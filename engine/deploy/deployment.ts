import { randomUUID } from "node:crypto";
import type {
  DataSourceResult,
  HookKind,
  Hooks,
  ReadRequest,
  Registration,
  ResourceHandler,
  ResourceResult,
} from "../program/registration";
import { formerUrns } from "../state/aliases";
import type { ResourceState } from "../state/stack-state";
import { GET_RESOURCE, providerPackage, STACK_REFERENCE_TYPE, STACK_TYPE } from "../state/urn";
import { diffValues, toPropertyChange } from "../values/property-diff";
import { containsSecret, type Properties } from "../values/values";
import { type CustomResourceOptions, CustomResources } from "./custom-resources";
import { type DeletionContext, deleteAll, refuseProtected } from "./deletion";
import { Recorder, type RecorderOptions } from "./recorder";

export interface DeploymentOptions extends CustomResourceOptions, RecorderOptions {
  readonly signal: AbortSignal;
  /** Outputs of other stacks, by what the program calls them; undefined when the engine does not know the stack. */
  readonly stackOutputs: (name: string) => Properties | undefined;
}

/** Makes what the program declares so, resource by resource, while it declares them. */
export class Deployment implements ResourceHandler {
  /** Resolves when a step has failed; nothing is started after it. */
  readonly failed: Promise<unknown>;
  /** The stack's outputs as the program registered them before any step failed; `{}` until then. */
  outputs: Properties = {};
  #fail: (error: unknown) => void = () => {};
  #stopped = false;
  readonly #running = new Set<Promise<unknown>>();
  readonly #seen = new Set<string>();
  readonly #former = new Map<string, string>();
  readonly #hooks = new Map<string, Hooks>();
  readonly #recorder: Recorder;
  readonly #custom: CustomResources;

  constructor(private readonly options: DeploymentOptions) {
    this.#recorder = new Recorder(options);
    this.#custom = new CustomResources(options, this.#recorder, this.#seen, () => this.#deletion());
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
    options.signal.addEventListener("abort", () => this.#stop(options.signal.reason), { once: true });
  }

  register(registration: Registration): Promise<ResourceResult> {
    return this.#guarded(async () => {
      if (registration.remote) {
        throw new Error(`${registration.type} comes from a component plugin; those need the Pulumi CLI.`);
      }
      const old = this.#findOld(registration);
      this.#hooks.set(registration.urn, registration.hooks);
      return registration.custom && providerPackage(registration.type) === undefined
        ? this.#custom.register(registration, old)
        : this.#registerBuiltIn(registration, old);
    });
  }

  async registerOutputs(urn: string, outputs: Properties): Promise<void> {
    // What the program goes on to say while the last steps are awaited does not count, nor does it with the CLI.
    if (this.#stopped) return;
    const resource = this.options.state.resources.get(urn);
    if (resource === undefined) throw new Error(`Outputs for ${urn}, which was not declared.`);
    resource.outputs = outputs;
    if (resource.type === STACK_TYPE) this.outputs = outputs;
  }

  read(request: ReadRequest): Promise<ResourceResult> {
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

  async invoke(token: string, args: Properties): Promise<DataSourceResult> {
    if (token !== GET_RESOURCE) return this.options.calls.invoke(token, args);
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
  ): Promise<ResourceResult> {
    const { inputs, custom } = registration;
    const changes = diffValues(old?.inputs ?? {}, inputs).map((change) => toPropertyChange(change, false));
    const op = old === undefined ? "create" : changes.length > 0 ? "update" : "same";
    return this.#recorder.step(
      registration,
      { op, changes: old === undefined ? [] : changes, replaceReasons: [] },
      async () => {
        const id = custom ? (old?.id ?? (this.options.preview ? undefined : randomUUID())) : undefined;
        const outputs = custom ? inputs : (old?.outputs ?? {});
        await this.#recorder.record(registration, { inputs, outputs, id }, op !== "same");
        return { id, outputs: custom ? outputs : {} };
      },
    );
  }

  #readStack({ urn, type, parent, id, inputs, dependencies }: ReadRequest): ResourceResult {
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

  #deletion(): DeletionContext {
    const { state, log, calls, preview, signal, save } = this.options;
    const around = (moment: HookKind, resource: ResourceState) =>
      this.#recorder.hook(
        moment,
        { ...resource, hooks: this.#hooks.get(resource.urn) ?? {} },
        { old: resource },
      );
    return { state, log, calls, preview, signal, save, around };
  }
}
