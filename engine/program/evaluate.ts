import type { Providers } from "../deploy/provider";
import { ProviderCalls } from "../deploy/provider-calls";
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

export interface EvaluateOptions {
  /** Folder of Pulumi.yaml. */
  readonly programDirectory: string;
  readonly stack: string;
  /** Wins over Pulumi.<stack>.yaml. Encrypted values that are not given here become a secret placeholder. */
  readonly config?: Readonly<Record<string, ConfigValue>>;
  /** Asked to check inputs and to answer data sources, nothing else. Default none. */
  readonly providers?: Providers;
  /** What can be told of a data source's answer without a provider. Default nothing: placeholders. */
  readonly answers?: (token: string, args: Properties) => KnownAnswer | undefined;
  /**
   * Computed outputs (and the id) of a resource that the caller can tell without a cloud, so that what the program
   * derives from them is known, too. Default: everything computed is unknown.
   */
  readonly placeholders?: (
    resource: Registration,
  ) => KnownOutputs | undefined | Promise<KnownOutputs | undefined>;
  /**
   * What the program reads through a StackReference to itself; a promise lets the program load meanwhile. Default `{}`,
   * as before the first update.
   */
  readonly lastOutputs?: Properties | Promise<Properties>;
  readonly project?: string;
  /** Default "organization". */
  readonly organization?: string;
  /** Longest time that the program may run without asking for a resource. Default 60. */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

/** What can be told of a resource's outputs without a cloud. */
export interface KnownOutputs {
  readonly id?: string;
  readonly outputs?: Properties;
}

/** What can be told of a data source's answer without a cloud. */
export interface KnownAnswer {
  readonly outputs: Properties;
  /** Whether the data source answers nothing else. Default false: the rest is unknown. */
  readonly isComplete?: boolean;
  /** Whether a cloud would answer the same, so that nobody has to be told. Default false. */
  readonly isCertain?: boolean;
}

/**
 * Runs the program as a preview would and writes down what it declares: no cloud, no credentials, no state. Throws a
 * `ProgramError` when the program fails, an `EngineInputError` when its project or config cannot be used.
 */
export async function evaluate(options: EvaluateOptions): Promise<Graph> {
  const found = loadProject(options.programDirectory);
  const project = { ...found, name: options.project ?? found.name };
  const { stack, organization = "organization", timeoutSeconds = 60 } = options;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const config = loadStackConfig(project, stack, { overrides: options.config, encrypted: "placeholder" });
  const limits = { parallel: 16, timeoutSeconds, signal };
  const calls = new ProviderCalls(options.providers ?? {}, limits, project.workingDirectory);
  const own = `${project.name}/${stack}`;
  const evaluation = new Evaluation(calls, options, [
    `${organization}/${own}`,
    `organization/${own}`,
    own,
    stack,
  ]);

  const messages: Graph["messages"][number][] = [];
  const program = openProgram({
    ...{ project, stack, organization, config, preview: true, timeoutSeconds, monitor: evaluation },
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
  const { resources, outputs, placeholders } = evaluation;
  return { project: project.name, stack, resources, outputs, placeholders, messages };
}

/** Takes down what is declared and answers with what can be known without a cloud. */
class Evaluation implements ResourceHandler {
  readonly resources: GraphResource[] = [];
  readonly placeholders: { token: string; args: Properties }[] = [];
  outputs: Properties = {};
  readonly #answers = new Map<string, ResourceResult>();

  constructor(
    private readonly calls: ProviderCalls,
    private readonly options: Pick<EvaluateOptions, "answers" | "placeholders" | "lastOutputs">,
    private readonly ownNames: readonly string[],
  ) {}

  async register(registration: Registration): Promise<ResourceResult> {
    const { urn, type, name, parent, custom, remote, dependencies, propertyDependencies, options } =
      registration;
    const checked = custom && this.calls.knows(type);
    const declared = custom ? mapValues(registration.inputs, withIds) : registration.inputs;
    const inputs = checked ? await this.calls.check(urn, {}, declared) : declared;
    this.resources.push({
      ...{ urn, type, name, parent, custom, remote, inputs, dependencies, propertyDependencies, options },
      read: false,
    });
    const answer = await this.#answer({ ...registration, inputs });
    this.#answers.set(urn, answer);
    return answer;
  }

  async #answer(registration: Registration): Promise<ResourceResult> {
    const { custom, remote, inputs, options } = registration;
    // A component has nothing of a cloud's, but its aliases tell what its children were.
    const known = await this.options.placeholders?.(registration);
    if (!custom && !remote) return { outputs: {} };
    const outputs = markSecrets({ ...inputs, ...known?.outputs }, inputs, options.additionalSecretOutputs);
    return { id: known?.id, outputs };
  }

  async registerOutputs(urn: string, outputs: Properties): Promise<void> {
    if (typeOfUrn(urn) === STACK_TYPE) this.outputs = outputs;
  }

  async read(request: ReadRequest): Promise<ResourceResult> {
    const { urn, type, name, parent, inputs, dependencies, id } = request;
    if (type === STACK_REFERENCE_TYPE) {
      const own = id !== undefined && this.ownNames.includes(id);
      if (!own) this.placeholders.push({ token: type, args: { name: id ?? UNKNOWN } });
      const outputs = own ? await (this.options.lastOutputs ?? {}) : UNKNOWN;
      return { id, outputs: { name: id ?? UNKNOWN, outputs, secretOutputNames: own ? [] : UNKNOWN } };
    }
    this.resources.push({
      ...{ urn, type, name, parent, custom: true, remote: false, inputs, dependencies },
      propertyDependencies: {},
      options: NO_OPTIONS,
      read: true,
    });
    return { id, outputs: inputs };
  }

  async invoke(token: string, args: Properties): Promise<DataSourceResult> {
    if (token === GET_RESOURCE) return this.#declared(String(args.urn));
    if (this.calls.knows(token)) return this.calls.invoke(token, args);
    const { outputs = {}, isComplete, isCertain } = this.options.answers?.(token, args) ?? {};
    if (!isCertain) this.placeholders.push({ token, args });
    return { outputs: isComplete ? outputs : { ...outputs, [PLACEHOLDER]: dataSourceKey(token, args) } };
  }

  /** What the SDK makes a resource of that was passed as a value to a component plugin or a transform. */
  #declared(urn: string): DataSourceResult {
    const answer = this.#answers.get(urn);
    if (answer === undefined) throw new Error(`There is no resource ${urn}.`);
    return { outputs: { urn, id: answer.id ?? UNKNOWN, state: answer.outputs } };
  }
}

/** A program that takes a data source's answer apart on the spot, and not through an output, may fail on a placeholder. */
function placeholderNote(placeholders: Graph["placeholders"]): string | undefined {
  if (placeholders.length === 0) return undefined;
  const tokens = [...new Set(placeholders.map(({ token }) => token))].sort().join(", ");
  return `(There was no cloud to ask for ${tokens}; the answers were placeholders.)`;
}
