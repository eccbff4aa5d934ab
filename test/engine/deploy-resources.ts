import { Deployment } from "../../engine/deploy/deployment";
import type { EngineEvent } from "../../engine/deploy/engine";
import type { Provider } from "../../engine/deploy/provider";
import { ProviderCalls } from "../../engine/deploy/provider-calls";
import { StepLog } from "../../engine/deploy/step-log";
import {
  NO_OPTIONS,
  type Registration,
  type ResourceOptions,
  type ResourceResult,
} from "../../engine/program/registration";
import type { StackState } from "../../engine/state/stack-state";
import type { Step } from "../../engine/state/step";
import { formatUrn, qualifyType } from "../../engine/state/urn";
import type { Properties } from "../../engine/values/values";

export const THING = "memory:index:Thing";

export interface TestResource {
  readonly name: string;
  readonly type?: string;
  readonly inputs?: Properties;
  /** Inputs with the `arn` of another resource, by input. */
  readonly arnOf?: Readonly<Record<string, string>>;
  readonly dependsOn?: readonly string[];
  readonly parent?: string;
  readonly custom?: boolean;
  readonly remote?: boolean;
  readonly options?: Partial<ResourceOptions>;
}

export interface TestUpdate {
  readonly deployment: Deployment;
  readonly steps: Step[];
  readonly results: Map<string, ResourceResult>;
  readonly events: EngineEvent[];
  readonly error?: Error;
}

export function urnOf(name: string, type = THING, parent?: string): string {
  return formatUrn({ stack: "dev", project: "test", qualifiedType: qualifyType(type, parent), name });
}

/** Runs one update that declares resources one after the other, without a program. */
export async function deploy(
  state: StackState,
  provider: Provider,
  resources: readonly TestResource[],
  { preview = false, signal = new AbortController().signal } = {},
): Promise<TestUpdate> {
  const events: EngineEvent[] = [];
  const log = new StepLog((event) => events.push(event));
  const limits = { parallel: 4, timeoutSeconds: 5, signal };
  const calls = new ProviderCalls({ memory: provider }, limits, process.cwd());
  const stackOutputs = () => undefined;
  const deployment = new Deployment({ state, calls, log, preview, signal, stackOutputs });
  const results = new Map<string, ResourceResult>();
  const failed = deployment.failed.then((error) => Promise.reject(error));
  failed.catch(() => {});
  try {
    for (const resource of resources) {
      const registered = deployment.register(registration(resource, resources, results));
      results.set(resource.name, await Promise.race([registered, failed]));
    }
    await deployment.deleteRest();
    return { deployment, steps: log.sorted(), results, events };
  } catch (error) {
    await deployment.settle();
    return { deployment, steps: log.sorted(), results, events, error: error as Error };
  }
}

function registration(
  {
    name,
    type = THING,
    inputs = {},
    arnOf = {},
    dependsOn = [],
    parent,
    custom = true,
    remote = false,
    options,
  }: TestResource,
  resources: readonly TestResource[],
  results: ReadonlyMap<string, ResourceResult>,
): Registration {
  const find = (other: string): string => {
    const found = resources.find((each) => each.name === other);
    return urnOf(other, found?.type, found?.parent === undefined ? undefined : find(found.parent));
  };
  const parentUrn = parent === undefined ? undefined : find(parent);
  const taken = Object.entries(arnOf).map(([key, other]) => [key, results.get(other)?.outputs.arn ?? null]);
  return {
    urn: urnOf(name, type, parentUrn),
    type,
    name,
    parent: parentUrn,
    custom,
    remote,
    inputs: { ...inputs, ...Object.fromEntries(taken) },
    dependencies: [...new Set([...dependsOn, ...Object.values(arnOf)])].map(find),
    propertyDependencies: Object.fromEntries(
      Object.entries(arnOf).map(([key, other]) => [key, [find(other)]]),
    ),
    options: { ...NO_OPTIONS, ...options },
  };
}

export function ops(steps: readonly Step[]): string[] {
  return steps.map(({ op, name }) => `${op} ${name}`);
}
