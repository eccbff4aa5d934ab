import type { HookKind, Registration, ResourceResult } from "../program/registration";
import type { ResourceState, StackState } from "../state/stack-state";
import { diffValues, toPropertyChange } from "../values/property-diff";
import { applyIgnoreChanges } from "../values/property-path";
import { markSecrets } from "../values/secrecy";
import { type Properties, UNKNOWN } from "../values/values";
import { type Decision, decide, forcedReplacements } from "./decision";
import { type DeletionContext, deleteOne, refuseProtected } from "./deletion";
import type { ProviderDiffResult } from "./provider";
import type { Made, ProviderCalls } from "./provider-calls";
import type { Recorder } from "./recorder";
import { replacedDependents } from "./replaced-dependents";
import type { StepLog } from "./step-log";

export interface CustomResourceOptions {
  readonly state: StackState;
  readonly calls: ProviderCalls;
  readonly log: StepLog;
  /** Changes nothing: providers are asked what they would do. */
  readonly preview: boolean;
}

/** Makes the resources so that a provider knows: decides what is to be done, and does it. */
export class CustomResources {
  readonly #replaced = new Set<string>();

  constructor(
    private readonly options: CustomResourceOptions,
    private readonly recorder: Recorder,
    /** URNs that this update has come to already. */
    private readonly seen: ReadonlySet<string>,
    private readonly deletion: () => DeletionContext,
  ) {}

  async register(registration: Registration, old: ResourceState | undefined): Promise<ResourceResult> {
    const { urn, options } = registration;
    const { importId } = options;
    const adopted = old !== undefined && !old.external && (old.importId ?? old.id) === importId;
    if (importId !== undefined && !adopted) return this.#import(registration, importId, old);
    const { calls, preview } = this.options;
    const known = old?.inputs ?? {};
    let inputs: Properties = {};
    let diff: ProviderDiffResult = {};
    let decision: Decision;
    try {
      inputs = await calls.check(urn, known, keepIgnored(registration, old));
      if (old !== undefined && !old.external && !old.pendingReplacement) diff = await calls.diff(old, inputs);
      const forced = old === undefined ? [] : forcedReplacements(registration, old, this.#replaced);
      decision = decide(old, inputs, registration, diff, forced);
      if (decision.op === "replace") inputs = await this.#beforeReplacing(registration, old);
    } catch (error) {
      const op = old === undefined ? "create" : "update";
      return this.recorder.step(registration, { op, changes: [], replaceReasons: [] }, () =>
        Promise.reject(error),
      );
    }
    return this.recorder.step(registration, decision, async () => {
      if (old === undefined || decision.op === "create") return this.#create(registration, inputs, undefined);
      if (decision.op === "replace") return this.#replace(registration, inputs, old, decision);
      if (decision.op === "same") {
        // What became secret in the program since has to become so in the outputs, too.
        const outputs = markSecrets(old.outputs, inputs, options.additionalSecretOutputs);
        await this.recorder.record(registration, { inputs, outputs, id: old.id }, false);
        return { id: old.id, outputs };
      }
      if (!preview) return this.#update(registration, inputs, old);
      const planned = { ...old.outputs, ...inputs, ...unknowns(diff.unknowns ?? []) };
      const outputs = markSecrets(planned, inputs, options.additionalSecretOutputs);
      await this.recorder.record(registration, { inputs, outputs, id: old.id }, false);
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
  ): Promise<ResourceResult> {
    const { urn, options } = registration;
    await this.recorder.hook("beforeCreate", registration, { old, next: { inputs } });
    const replaced = old !== undefined && !old.pendingReplacement ? old : undefined;
    if (this.options.preview) {
      if (replaced !== undefined) this.options.state.condemned.add(replaced);
      const outputs = markSecrets(inputs, inputs, options.additionalSecretOutputs);
      await this.recorder.record(registration, { inputs, outputs }, false);
      return { outputs };
    }
    const { calls } = this.options;
    const { additionalSecretOutputs, timeouts } = options;
    const made = await this.recorder.pending("create", urn, () =>
      calls.create(urn, inputs, additionalSecretOutputs, timeouts.create),
    );
    // Its replacement stands: from now on the old one is to be deleted.
    if (replaced !== undefined) this.options.state.condemned.add(replaced);
    return this.#made("afterCreate", registration, inputs, made, old);
  }

  async #update(registration: Registration, inputs: Properties, old: ResourceState): Promise<ResourceResult> {
    const { additionalSecretOutputs, timeouts } = registration.options;
    await this.recorder.hook("beforeUpdate", registration, { old, next: { inputs } });
    const made = await this.recorder.pending("update", registration.urn, () =>
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
  ): Promise<ResourceResult> {
    const errors = initErrors === undefined ? undefined : [...initErrors];
    await this.recorder.record(registration, { inputs, outputs, id, initErrors: errors }, true);
    if (initErrors !== undefined)
      throw new Error(`It exists but did not become well: ${initErrors.join("; ")}`);
    await this.recorder.hook(moment, registration, { old, next: { inputs, outputs, id } });
    return { id, outputs };
  }

  async #replace(
    registration: Registration,
    inputs: Properties,
    old: ResourceState,
    decision: Decision,
  ): Promise<ResourceResult> {
    this.#replaced.add(registration.urn);
    if (decision.deleteBeforeReplace && !old.pendingReplacement) {
      const deletion = this.deletion();
      const dependents = await replacedDependents(old, this.options.state, this.seen, this.options.calls);
      refuseProtected(dependents, this.options.log);
      const urns = new Set([old, ...dependents].map((resource) => resource.urn));
      for (const resource of [...dependents.reverse(), old])
        await this.#deleteFirst(resource, urns, deletion);
      return this.#create(registration, inputs, this.options.state.resources.get(registration.urn));
    }
    return this.#create(registration, inputs, old);
  }

  /** It stays in the state until its replacement stands, so that a failure in between is not forgotten. */
  async #deleteFirst(
    resource: ResourceState,
    urns: ReadonlySet<string>,
    deletion: DeletionContext,
  ): Promise<void> {
    const { resources, condemned } = this.options.state;
    condemned.add(resource);
    resources.set(resource.urn, { ...resource, pendingReplacement: true });
    try {
      await deleteOne(resource, urns, deletion);
    } catch (error) {
      condemned.delete(resource);
      resources.set(resource.urn, resource);
      throw error;
    }
  }

  async #import(
    registration: Registration,
    importId: string,
    old: ResourceState | undefined,
  ): Promise<ResourceResult> {
    const { urn, type, options } = registration;
    const { calls, state } = this.options;
    return this.recorder.step(registration, { op: "import", changes: [], replaceReasons: [] }, async () => {
      const live = await calls.read(urn, importId, {}, options.additionalSecretOutputs);
      if (live === "unsupported")
        throw new Error(`The provider cannot read ${type}, so it cannot be imported.`);
      if (live === undefined) throw new Error(`There is no ${type} with id "${importId}" to import.`);
      const inputs = await calls.check(urn, {}, registration.inputs);
      const found = { inputs: live.inputs ?? live.outputs, outputs: live.outputs, id: live.id };
      const diff = await calls.diff(this.recorder.newState(registration, found), inputs);
      const changes = diffValues(found.inputs, inputs);
      if (diff.changes ?? changes.some(({ path }) => path[0] !== undefined && path[0] in inputs)) {
        const paths = changes.map((change) => toPropertyChange(change, false).path).join(", ");
        throw new Error(
          `The inputs do not match what exists as "${importId}": ${paths}. Adjust the program.`,
        );
      }
      if (old !== undefined && !old.external) state.condemned.add(old);
      await this.recorder.record(registration, { ...found, inputs }, true);
      return { id: live.id, outputs: live.outputs };
    });
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
