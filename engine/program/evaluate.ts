import { GET_RESOURCE, STACK_REFERENCE_TYPE, STACK_TYPE, typeOfUrn } from "../state/urn";
import { mapValues, withIds } from "../values/codec";
import { markSecrets } from "../values/secrecy";
import { type Properties, UNKNOWN } from "../values/values";
import { dataSourceKey } from "./data-source-key";
import type { Graph, GraphResource } from "./graph";
import { openProgram } from "./open-program";
import { PLACEHOLDER } from "./placeholder";
import { programError } from "./program-error";
import { loadProject } from "./project";
import {
  type DataSourceResult,
  NO_OPTIONS,
  type ReadRequest,
  type Registration,
  type ResourceHandler,
  type ResourceResult,
} from "./registration";
import { type ConfigValue, loadStackConfig } from "./stack-config";

/** The organization that the CLI's file backend uses. */
const ORGANIZATION = "organization";

export interface EvaluateOptions {
  readonly programDirectory: string;
  readonly stack: string;
  /**
   * Config by full key; overrides Pulumi.<stack>.yaml, and an undefined value removes a key. An encrypted value without an override becomes a secret
   * placeholder.
   */
  readonly config?: Readonly<Record<string, ConfigValue | undefined>>;
  /**
   * Providers that check inputs and read data sources of their packages.
   *
   * @default inputs are not checked and data sources are not read
   */
  readonly providers?: ProviderQueries;
  /**
   * Outputs of a data source that are known without a cloud.
   *
   * @default every output is a placeholder
   */
  readonly dataSources?: (token: string, args: Properties) => KnownDataSource | undefined;
  /**
   * Id and computed outputs of a resource that are known without a cloud.
   *
   * @default every computed output is unknown
   */
  readonly placeholders?: (
    resource: Registration,
  ) => KnownOutputs | undefined | Promise<KnownOutputs | undefined>;
  /**
   * Outputs that the program receives from a `StackReference` to its own stack. If this is a promise, the program
   * loads while it is pending.
   *
   * @default `{}`, as before the first update
   */
  readonly lastOutputs?: Properties | Promise<Properties>;
  /**
   * Longest time in seconds that the program may run without requesting a resource.
   *
   * @default 60
   */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

/** The provider calls that have no side effects. */
export interface ProviderQueries {
  hasProvider(token: string): boolean;
  check(urn: string, olds: Properties, news: Properties): Promise<Properties>;
  invoke(token: string, args: Properties): Promise<DataSourceResult>;
}

export interface KnownOutputs {
  readonly id?: string;
  readonly outputs?: Properties;
}

export interface KnownDataSource {
  readonly outputs: Properties;
  /**
   * True if `outputs` has all outputs of the data source.
   *
   * @default false: all other outputs are placeholders
   */
  readonly isComplete?: boolean;
  /**
   * True if a cloud would certainly return these outputs. The data source is then not listed in `Graph.placeholders`.
   *
   * @default false
   */
  readonly isCertain?: boolean;
}

/**
 * Evaluates a program like a preview, but without a cloud, credentials or state.
 *
 * @throws ProgramError if the program fails
 * @throws EngineInputError if its project or config is invalid
 */
export async function evaluate(options: EvaluateOptions): Promise<Graph> {
  const project = loadProject(options.programDirectory);
  const { stack, timeoutSeconds = 60 } = options;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const config = loadStackConfig(project, stack, { overrides: options.config, encrypted: "placeholder" });
  const own = `${project.name}/${stack}`;
  const evaluation = new Evaluation(options, [`${ORGANIZATION}/${own}`, own, stack]);

  const messages: Graph["messages"][number][] = [];
  const program = openProgram({
    ...{ project, stack, organization: ORGANIZATION, config, preview: true, timeoutSeconds },
    handler: evaluation,
    onEvent: (event) => {
      if (event.type === "log") messages.push({ severity: event.severity, message: event.message });
    },
  });
  const aborted = new Promise<never>((_resolve, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
  try {
    const failures = await Promise.race([program.ended, aborted]);
    if (failures.length > 0) {
      throw programError(failures, { note: placeholderNote(evaluation.placeholders) });
    }
  } finally {
    await program.close();
  }
  const { resources, outputs, placeholders, readsOwnOutputs } = evaluation;
  return { project: project.name, stack, resources, outputs, placeholders, readsOwnOutputs, messages };
}

/** Records the resources that a program declares, and returns the outputs that are known without a cloud. */
class Evaluation implements ResourceHandler {
  readonly resources: GraphResource[] = [];
  readonly placeholders: { token: string; args: Properties }[] = [];
  outputs: Properties = {};
  readsOwnOutputs = false;
  private readonly results = new Map<string, ResourceResult>();

  constructor(
    private readonly options: Pick<
      EvaluateOptions,
      "providers" | "dataSources" | "placeholders" | "lastOutputs"
    >,
    private readonly ownNames: readonly string[],
  ) {}

  async register(registration: Registration): Promise<ResourceResult> {
    const { urn, type, custom } = registration;
    const { providers } = this.options;
    const declared = custom ? mapValues(registration.inputs, withIds) : registration.inputs;
    const inputs =
      custom && providers?.hasProvider(type) ? await providers.check(urn, {}, declared) : declared;
    const completed = { ...registration, inputs };
    this.resources.push({ ...completed, read: false });
    const result = await this.resultOf(completed);
    this.results.set(urn, result);
    return result;
  }

  async registerOutputs(urn: string, outputs: Properties): Promise<void> {
    if (typeOfUrn(urn) === STACK_TYPE) this.outputs = outputs;
  }

  async read(request: ReadRequest): Promise<ResourceResult> {
    const { urn, type, name, parent, inputs, dependencies, id } = request;
    if (type === STACK_REFERENCE_TYPE) {
      const own = id !== undefined && this.ownNames.includes(id);
      if (own) this.readsOwnOutputs = true;
      else this.placeholders.push({ token: type, args: { name: id ?? UNKNOWN } });
      const outputs = own ? await (this.options.lastOutputs ?? {}) : UNKNOWN;
      return { id, outputs: { name: id ?? UNKNOWN, outputs, secretOutputNames: own ? [] : UNKNOWN } };
    }
    this.resources.push({
      ...{ urn, type, name, parent, custom: true, remote: false, inputs, dependencies },
      ...{ propertyDependencies: {}, options: NO_OPTIONS, read: true },
    });
    return { id, outputs: inputs };
  }

  async invoke(token: string, args: Properties): Promise<DataSourceResult> {
    if (token === GET_RESOURCE) return this.getResource(String(args.urn));
    const { providers, dataSources } = this.options;
    if (providers?.hasProvider(token)) return providers.invoke(token, args);
    const { outputs = {}, isComplete, isCertain } = dataSources?.(token, args) ?? {};
    if (!isCertain) this.placeholders.push({ token, args });
    return { outputs: isComplete ? outputs : { ...outputs, [PLACEHOLDER]: dataSourceKey(token, args) } };
  }

  private async resultOf(registration: Registration): Promise<ResourceResult> {
    const { custom, remote, inputs, options } = registration;
    // Placeholders are requested for components, too, because the callback finds former URNs of children by the
    // aliases of their components.
    const known = await this.options.placeholders?.(registration);
    if (!custom && !remote) return { outputs: {} };
    const outputs = markSecrets({ ...inputs, ...known?.outputs }, inputs, options.additionalSecretOutputs);
    return { id: known?.id, outputs };
  }

  private getResource(urn: string): DataSourceResult {
    const result = this.results.get(urn);
    if (result === undefined) throw new Error(`There is no resource ${urn}.`);
    return { outputs: { urn, id: result.id ?? UNKNOWN, state: result.outputs } };
  }
}

/** Explains a possible cause of a failure: the program may have used a placeholder as if it were a real value. */
function placeholderNote(placeholders: Graph["placeholders"]): string | undefined {
  if (placeholders.length === 0) return undefined;
  const tokens = [...new Set(placeholders.map(({ token }) => token))].sort().join(", ");
  return `(Evaluated without a cloud: the results of ${tokens} were placeholders.)`;
}
