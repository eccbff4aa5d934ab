import { type ChangeKind, forcesReplacement } from "../aws/replacements";
import type { CallContext, CheckFailure, Provider } from "../engine/deploy/provider";
import { InitializationError, type ProviderDiffResult } from "../engine/deploy/provider";
import { UNKNOWN_INPUT } from "../engine/values/plain-values";
import { failure, invalidInput } from "./errors";
import type { Lifetime } from "./lifetime";
import { nameFor, nameWithPrefix } from "./names";
import type { DataSources, ResourceType, ResourceTypes, Service, StepContext } from "./resource-type";
import { changedProperties, known, type ResourceProperties } from "./values";
import type { World } from "./world";

/** Parses `urn:pulumi:stack::project::parent$type::name`. */
function partsOf(urn: string): { type: string; name: string } {
  const [, , types = "", name = ""] = urn.split("::");
  return { type: types.slice(types.lastIndexOf("$") + 1), name };
}

/** Implements resource types and data sources as one provider with the interface of `@pulumi/pulumi/provider`. */
export class SimulatorProvider implements Provider {
  private readonly types: ResourceTypes;
  private readonly dataSources: DataSources;

  constructor(
    private readonly world: World,
    services: readonly Service[],
    private readonly lifetime: Lifetime,
  ) {
    this.types = Object.assign({}, ...services.map((service) => service.resources ?? {}));
    this.dataSources = Object.assign({}, ...services.map((service) => service.dataSources ?? {}));
  }

  async check(urn: string, olds: ResourceProperties, news: ResourceProperties) {
    const { type, name } = partsOf(urn);
    const resource = this.typeOf(type);
    const inputs = { ...news };
    const failures: CheckFailure[] = [];
    const rule = resource.autoName;
    if (rule) {
      try {
        inputs[rule.property] = nameFor(rule, name, olds ?? {}, news) ?? inputs[rule.property];
        nameWithPrefix(rule, news);
      } catch (error) {
        failures.push(failure(rule.property, (error as Error).message));
      }
      const chosen = inputs[rule.property];
      if (typeof chosen === "string" && chosen !== UNKNOWN_INPUT && chosen.length > rule.maxLength) {
        failures.push(
          invalidInput(
            rule.property,
            `at most ${rule.maxLength} characters`,
            `${chosen.length} ("${chosen}")`,
          ),
        );
      }
    }
    failures.push(...(resource.check?.(known(inputs) as object, this.world) ?? []));
    return { inputs, failures };
  }

  async diff(
    id: string,
    urn: string,
    olds: ResourceProperties,
    news: ResourceProperties,
  ): Promise<ProviderDiffResult> {
    const { type } = partsOf(urn);
    const resource = this.typeOf(type);
    // The stored inputs show which inputs were removed; the last outputs do not.
    const recorded = this.world.resources.get(type, id)?.inputs;
    const before = recorded ?? Object.fromEntries(Object.keys(news).map((key) => [key, olds[key]]));
    const changed = changedProperties(before, news);
    const kind = (property: string): ChangeKind =>
      before[property] === undefined ? "add" : news[property] === undefined ? "delete" : "update";
    const replaces = changed.filter((property) => forcesReplacement(type, property, kind(property)));
    const unknowns = replaces.length > 0 ? [] : (resource.unknownsOnUpdate?.(changed, news) ?? []);
    return { changes: changed.length > 0, replaces, unknowns: [...unknowns] };
  }

  async create(urn: string, inputs: ResourceProperties, context?: CallContext) {
    const { type, name } = partsOf(urn);
    const resource = this.typeOf(type);
    const rule = resource.autoName;
    const prefixed = rule && inputs[rule.property] === undefined ? nameWithPrefix(rule, inputs) : undefined;
    const complete = rule && prefixed ? { ...inputs, [rule.property]: prefixed } : inputs;
    try {
      const created = await this.lifetime.run(
        async (signal) => resource.create(complete, this.call(name, signal)),
        context?.signal,
      );
      const outs = this.outs(complete, created.outs);
      this.world.resources.put({ type, id: created.id, name, inputs, outs });
      return { id: created.id, outs };
    } catch (error) {
      if (!(error instanceof InitializationError)) throw error;
      const outs = this.outs(complete, error.properties);
      this.world.resources.put({ type, id: error.id, name, inputs, outs });
      throw new InitializationError(error.id, outs, error.reasons);
    }
  }

  async read(id: string, urn: string, props: ResourceProperties) {
    const { type } = partsOf(urn);
    const record = this.world.resources.get(type, id);
    if (!record) return {};
    const now = this.typeOf(type).refresh?.(id, record.outs, this.world) ?? {};
    const outs = { ...record.outs, ...now };
    const inputs = this.currentInputs(type, record.inputs, outs);
    this.world.resources.put({ ...record, inputs, outs });
    return { id, props: { ...props, ...outs }, inputs };
  }

  async update(
    id: string,
    urn: string,
    olds: ResourceProperties,
    news: ResourceProperties,
    context?: CallContext,
  ) {
    const { type, name } = partsOf(urn);
    const resource = this.typeOf(type);
    const record = this.world.resources.get(type, id);
    if (!record) throw new Error(`${type} ${id} does not exist any more. Refresh the state.`);
    const changed = changedProperties(record.inputs, news);
    const before = { before: record.inputs, outs: { ...olds, ...record.outs }, changed };
    const computed = Object.fromEntries(
      Object.entries(record.outs).filter(([key]) => !(key in record.inputs) || key in news),
    );
    try {
      const updated = await this.lifetime.run(
        async (signal) => resource.update?.(id, news, { ...this.call(name, signal), ...before }),
        context?.signal,
      );
      const outs = this.outs({ ...computed, ...news }, updated);
      this.world.resources.put({ type, id, name, inputs: this.currentInputs(type, news, outs), outs });
      return { outs };
    } catch (error) {
      if (!(error instanceof InitializationError)) throw error;
      const outs = this.outs({ ...computed, ...news }, error.properties);
      this.world.resources.put({ type, id, name, inputs: news, outs });
      throw new InitializationError(id, outs, error.reasons);
    }
  }

  async delete(id: string, urn: string, props: ResourceProperties, context?: CallContext): Promise<void> {
    const { type, name } = partsOf(urn);
    const record = this.world.resources.get(type, id);
    if (!record) return;
    await this.lifetime.run(
      async (signal) => this.typeOf(type).delete?.(id, { ...props, ...record.outs }, this.call(name, signal)),
      context?.signal,
    );
    this.world.resources.delete(type, id);
  }

  async invoke(token: string, args: ResourceProperties) {
    const source = this.dataSources[token];
    if (!source) {
      throw new Error(
        `Data source ${token} is not supported by the simulator. Add it in ${placeFor(token)}.`,
      );
    }
    return { outputs: source(args, this.world) };
  }

  private typeOf(type: string): ResourceType<object> {
    const found = this.types[type];
    if (!found) {
      throw new Error(
        `Resource type ${type} is not supported by the simulator. Add it in ${placeFor(type)}.`,
      );
    }
    return found;
  }

  private call(name: string, signal: AbortSignal): StepContext {
    return { world: this.world, name, signal };
  }

  /** The inputs with the current values of those that can change outside the program. */
  private currentInputs(
    type: string,
    inputs: ResourceProperties,
    outs: ResourceProperties,
  ): ResourceProperties {
    const drifting = (this.typeOf(type).driftingInputs ?? []).filter((key) => key in inputs);
    return { ...inputs, ...Object.fromEntries(drifting.map((key) => [key, outs[key]])) };
  }

  /** Outputs are the inputs, the computed outputs, and `tagsAll` if the resource has tags. */
  private outs(inputs: ResourceProperties, computed: ResourceProperties | undefined): ResourceProperties {
    const outs = { ...inputs, ...computed };
    return "tags" in outs ? { ...outs, tagsAll: outs.tags } : outs;
  }
}

function placeFor(token: string): string {
  const service = token.split(":")[1]?.split("/")[0] ?? "";
  return `simulator/services/, in the file of service "${service}"`;
}
