import type { Registration, ResourceResult } from "../program/registration";
import type { ResourceState } from "../state/stack-state";
import { applyIgnoreChanges } from "../values/property-path";
import { markSecrets } from "../values/secrecy";
import { type Properties, UNKNOWN } from "../values/values";
import { type Decision, decide } from "./decision";
import { type DeletionContext, deleteOne, rejectProtected } from "./deletion";
import type { ProviderDiffResult } from "./provider";
import type { CreatedResource } from "./provider-calls";
import { runStep, toResourceState } from "./record";
import { replacedDependents } from "./replaced-dependents";

export class CustomResources {
  constructor(
    private readonly context: DeletionContext,
    private readonly registered: ReadonlySet<string>,
  ) {}

  async register(registration: Registration, old: ResourceState | undefined): Promise<ResourceResult> {
    const { urn } = registration;
    const { calls, log } = this.context;
    let inputs: Properties = {};
    let diff: ProviderDiffResult = {};
    let decision: Decision;
    try {
      inputs = await calls.check(urn, old?.inputs ?? {}, withIgnored(registration, old));
      if (old !== undefined && !old.pendingReplacement) diff = await calls.diff(old, inputs);
      decision = decide(old, inputs, registration, diff);
      if (decision.op === "replace") inputs = await this.checkReplacement(registration, old);
    } catch (error) {
      const op = old === undefined ? "create" : "update";
      return runStep(log, registration, { op, changes: [], replaceReasons: [] }, () => Promise.reject(error));
    }
    return runStep(log, registration, decision, async () => {
      if (old === undefined || decision.op === "create") return this.create(registration, inputs, undefined);
      if (decision.op === "replace") return this.replace(registration, inputs, old, decision);
      if (decision.op === "same") return this.keep(registration, inputs, old, old.outputs);
      if (!this.context.preview) return this.update(registration, inputs, old);
      const unknown = Object.fromEntries((diff.unknowns ?? []).map((key) => [key, UNKNOWN]));
      return this.keep(registration, inputs, old, { ...old.outputs, ...inputs, ...unknown });
    });
  }

  /** Checks the inputs without the old inputs, so that the provider generates new defaults, such as names. */
  private async checkReplacement(
    registration: Registration,
    old: ResourceState | undefined,
  ): Promise<Properties> {
    const { urn, options } = registration;
    if (old?.protect && options.protect) {
      throw new Error(
        `${urn} is protected, and the change replaces it. Revert the change, or set \`protect: false\`.`,
      );
    }
    return this.context.calls.check(urn, {}, withIgnored(registration, old));
  }

  /**
   * Records a resource without a call to the provider. Its inputs may have become secret since the last update, and
   * so may the outputs that repeat them.
   */
  private keep(
    registration: Registration,
    inputs: Properties,
    { id }: ResourceState,
    outputs: Properties,
  ): ResourceResult {
    const marked = markSecrets(outputs, inputs, registration.options.additionalSecretOutputs);
    this.record(registration, { inputs, outputs: marked, id });
    return { id, outputs: marked };
  }

  private async create(
    registration: Registration,
    inputs: Properties,
    old: ResourceState | undefined,
  ): Promise<ResourceResult> {
    const { urn, options } = registration;
    const { calls, state, preview } = this.context;
    const replaced = old !== undefined && !old.pendingReplacement ? old : undefined;
    if (preview) {
      if (replaced !== undefined) state.pendingDeletes.add(replaced);
      const outputs = markSecrets(inputs, inputs, options.additionalSecretOutputs);
      this.record(registration, { inputs, outputs });
      return { outputs };
    }
    const { additionalSecretOutputs, timeouts } = options;
    const created = await calls.create(urn, inputs, additionalSecretOutputs, timeouts.create);
    if (replaced !== undefined) state.pendingDeletes.add(replaced);
    return this.recordResult(registration, inputs, created);
  }

  private async update(
    registration: Registration,
    inputs: Properties,
    old: ResourceState,
  ): Promise<ResourceResult> {
    const { additionalSecretOutputs, timeouts } = registration.options;
    const updated = await this.context.calls.update(old, inputs, additionalSecretOutputs, timeouts.update);
    return this.recordResult(registration, inputs, updated);
  }

  private recordResult(
    registration: Registration,
    inputs: Properties,
    { id, outputs, initErrors }: CreatedResource,
  ): ResourceResult {
    this.record(registration, { inputs, outputs, id, ...(initErrors && { initErrors: [...initErrors] }) });
    if (initErrors !== undefined)
      throw new Error(`The resource was created but failed to initialize: ${initErrors.join("; ")}`);
    return { id, outputs };
  }

  private record(
    registration: Registration,
    result: Pick<ResourceState, "inputs" | "outputs" | "id" | "initErrors">,
  ): void {
    this.context.state.resources.set(registration.urn, toResourceState(registration, result));
  }

  private async replace(
    registration: Registration,
    inputs: Properties,
    old: ResourceState,
    { deleteBeforeReplace }: Decision,
  ): Promise<ResourceResult> {
    if (!deleteBeforeReplace || old.pendingReplacement) return this.create(registration, inputs, old);
    const { state, calls, log } = this.context;
    const dependents = await replacedDependents(old, state, this.registered, calls);
    rejectProtected(dependents, log);
    for (const resource of [...dependents.reverse(), old]) await this.deleteFirst(resource);
    return this.create(registration, inputs, state.resources.get(registration.urn));
  }

  /**
   * Deletes a resource before its replacement. It stays in the state until the replacement exists, so that a later
   * update creates the replacement if this one fails.
   */
  private async deleteFirst(resource: ResourceState): Promise<void> {
    const { resources, pendingDeletes } = this.context.state;
    pendingDeletes.add(resource);
    resources.set(resource.urn, { ...resource, pendingReplacement: true });
    try {
      await deleteOne(resource, this.context);
    } catch (error) {
      pendingDeletes.delete(resource);
      resources.set(resource.urn, resource);
      throw error;
    }
  }
}

function withIgnored({ inputs, options }: Registration, old: ResourceState | undefined): Properties {
  return old === undefined ? inputs : applyIgnoreChanges(inputs, old.inputs, options.ignoreChanges);
}
