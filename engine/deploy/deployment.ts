import type {
  DataSourceResult,
  ReadRequest,
  Registration,
  ResourceHandler,
  ResourceResult,
} from "../program/registration";
import { formerUrns } from "../state/aliases";
import type { ResourceState } from "../state/stack-state";
import { GET_RESOURCE, providerPackage, STACK_REFERENCE_TYPE, STACK_TYPE } from "../state/urn";
import { diffValues, toPropertyChange } from "../values/property-diff";
import { applyIgnoreChanges } from "../values/property-path";
import { containsSecret, type Properties } from "../values/values";
import { CustomResources } from "./custom-resources";
import { type DeletionContext, deleteAll, rejectProtected } from "./deletion";
import { runStep, toResourceState } from "./record";

export interface DeploymentOptions extends DeletionContext {
  /** Returns the stack's outputs by the name in a `StackReference`; undefined for any other stack. */
  readonly stackOutputs: (name: string) => Properties | undefined;
}

export class Deployment implements ResourceHandler {
  /** Resolves with the error of the first failed step. No step starts after it. */
  readonly failed: Promise<unknown>;
  /** The outputs that the program registered before the first failure. */
  outputs: Properties = {};
  private fail: (error: unknown) => void = () => {};
  private stopped = false;
  private readonly running = new Set<Promise<unknown>>();
  private readonly registered = new Set<string>();
  private readonly formerUrns = new Map<string, string>();
  private readonly customResources: CustomResources;

  constructor(private readonly options: DeploymentOptions) {
    this.customResources = new CustomResources(options, this.registered);
    this.failed = new Promise((resolve) => {
      this.fail = resolve;
    });
    options.signal.addEventListener("abort", () => this.stop(options.signal.reason), { once: true });
  }

  register(registration: Registration): Promise<ResourceResult> {
    return this.step(async () => {
      rejectUnsupported(registration);
      const old = this.findOld(registration);
      if (registration.custom) return this.customResources.register(registration, old);
      return this.registerComponent(registration, old);
    });
  }

  async registerOutputs(urn: string, outputs: Properties): Promise<void> {
    // After a failure, while the running steps finish, the CLI ignores registered outputs, too.
    if (this.stopped) return;
    const resource = this.options.state.resources.get(urn);
    if (resource === undefined)
      throw new Error(`Outputs were registered for ${urn}, which was not declared.`);
    resource.outputs = outputs;
    if (resource.type === STACK_TYPE) this.outputs = outputs;
  }

  read({ type, id, inputs }: ReadRequest): Promise<ResourceResult> {
    return this.step(async () => {
      if (type !== STACK_REFERENCE_TYPE) throw unsupported(type, "reading an existing resource");
      const name = String(id ?? inputs.name);
      const outputs = this.options.stackOutputs(name);
      if (outputs === undefined)
        throw new Error(
          `Stack "${name}" cannot be referenced: the in-process engine supports only references to its own stack.`,
        );
      const secretOutputNames = Object.keys(outputs).filter((key) => containsSecret(outputs[key] ?? null));
      return { id: name, outputs: { name, outputs, secretOutputNames } };
    });
  }

  async invoke(token: string, args: Properties): Promise<DataSourceResult> {
    if (token !== GET_RESOURCE) return this.options.calls.invoke(token, args);
    const resource = this.options.state.resources.get(String(args.urn));
    if (resource === undefined) throw new Error(`There is no resource ${String(args.urn)}.`);
    return { outputs: { urn: resource.urn, id: resource.id ?? "", state: resource.outputs } };
  }

  async settle(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  async deleteRest(): Promise<void> {
    const { state, log } = this.options;
    const undeclared = [...state.resources.values()].filter(({ urn }) => !this.registered.has(urn));
    rejectProtected(undeclared, log);
    await deleteAll([...undeclared, ...state.pendingDeletes], this.options);
  }

  private stop(error: unknown): void {
    this.stopped = true;
    this.fail(error);
  }

  /** Runs a step. After a failure, the promise stays pending, so that the program declares no further resource. */
  private async step<T>(action: () => Promise<T>): Promise<T> {
    const never = new Promise<never>(() => {});
    if (this.stopped) return never;
    const running = action();
    this.running.add(running);
    try {
      return await running;
    } catch (error) {
      this.stop(error);
      return never;
    } finally {
      this.running.delete(running);
    }
  }

  private findOld({ urn, parent, options }: Registration): ResourceState | undefined {
    const { state } = this.options;
    this.registered.add(urn);
    const own = state.resources.get(urn);
    if (own !== undefined) return own;
    const candidates = formerUrns(urn, parent, options.aliases, (each) => this.formerUrns.get(each));
    const former = candidates.find((candidate) => state.resources.has(candidate));
    if (former === undefined) return undefined;
    if (this.registered.has(former)) {
      throw new Error(`${urn} has the alias ${former}, which is also declared.`);
    }
    this.formerUrns.set(urn, former);
    state.rename(former, urn);
    return state.resources.get(urn);
  }

  private registerComponent(
    registration: Registration,
    old: ResourceState | undefined,
  ): Promise<ResourceResult> {
    const { urn, options } = registration;
    const inputs =
      old === undefined
        ? registration.inputs
        : applyIgnoreChanges(registration.inputs, old.inputs, options.ignoreChanges);
    const changes =
      old === undefined
        ? []
        : diffValues(old.inputs, inputs).map((change) => toPropertyChange(change, false));
    const op = old === undefined ? "create" : changes.length > 0 ? "update" : "same";
    return runStep(this.options.log, registration, { op, changes, replaceReasons: [] }, async () => {
      const outputs = old?.outputs ?? {};
      this.options.state.resources.set(urn, toResourceState(registration, { inputs, outputs }));
      return { outputs: {} };
    });
  }
}

/** Rejects options that this engine does not support, because ignoring them could deploy something else. */
function rejectUnsupported({ type, remote, options }: Registration): void {
  if (remote) throw unsupported(type, "a component plugin");
  if (providerPackage(type) !== undefined) throw unsupported(type, "an explicit provider");
  const { hasHooks, importId, deletedWith, replaceWith, replacementTrigger } = options;
  const used = {
    ...{ hooks: hasHooks, import: importId, deletedWith, replacementTrigger },
    replaceWith: replaceWith.length > 0,
  };
  const [option] = Object.entries(used).find(([, value]) => value) ?? [];
  if (option !== undefined) throw unsupported(type, `the option "${option}"`);
}

function unsupported(type: string, feature: string): Error {
  return new Error(`${type}: ${feature} is not supported by the in-process engine. Use the Pulumi CLI.`);
}
