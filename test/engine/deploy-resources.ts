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
import { StackState } from "../../engine/state/stack-state";
import type { Step } from "../../engine/state/step";
import { formatUrn, qualifyType } from "../../engine/state/urn";
import type { Properties } from "../../engine/values/values";

export const THING = "memory:index:Thing";

export interface Declared {
  readonly name: string;
  readonly type?: string;
  readonly inputs?: Properties;
  /** Inputs that take the `arn` of another thing. */
  readonly arnOf?: Readonly<Record<string, string>>;
  readonly dependsOn?: readonly string[];
  readonly parent?: string;
  readonly custom?: boolean;
  readonly options?: Partial<ResourceOptions>;
}

export interface Deployed {
  readonly deployment: Deployment;
  readonly steps: Step[];
  readonly answers: Map<string, ResourceResult>;
  readonly events: EngineEvent[];
  readonly error?: Error;
}

export function urnOf(name: string, type = THING, parent?: string): string {
  return formatUrn({ stack: "dev", project: "test", qualifiedType: qualifyType(type, parent), name });
}

/** One update against a state, with the declarations made one after the other as a program without a process. */
export async function deploy(
  state: StackState,
  provider: Provider,
  things: readonly Declared[],
  { preview = false, signal = new AbortController().signal, save = async () => {} } = {},
): Promise<Deployed> {
  const events: EngineEvent[] = [];
  const log = new StepLog((event) => events.push(event));
  const calls = new ProviderCalls(
    { memory: provider },
    { parallel: 4, timeoutSeconds: 5, signal },
    process.cwd(),
  );
  const known = { state, calls, log, preview, signal, save };
  const deployment = new Deployment({
    ...known,
    callHook: async () => undefined,
    stackOutputs: () => undefined,
  });
  const answers = new Map<string, ResourceResult>();
  const failed = deployment.failed.then((error) => Promise.reject(error));
  failed.catch(() => {});
  try {
    for (const thing of things) {
      answers.set(
        thing.name,
        await Promise.race([deployment.register(registration(thing, things, answers)), failed]),
      );
    }
    await deployment.deleteRest();
    return { deployment, steps: log.sorted(), answers, events };
  } catch (error) {
    await deployment.settle();
    return { deployment, steps: log.sorted(), answers, events, error: error as Error };
  }
}

function registration(
  { name, type = THING, inputs = {}, arnOf = {}, dependsOn = [], parent, custom = true, options }: Declared,
  things: readonly Declared[],
  answers: ReadonlyMap<string, ResourceResult>,
): Registration {
  const find = (other: string): string => {
    const thing = things.find((each) => each.name === other);
    return urnOf(other, thing?.type, thing?.parent === undefined ? undefined : find(thing.parent));
  };
  const parentUrn = parent === undefined ? undefined : find(parent);
  const taken = Object.entries(arnOf).map(([key, other]) => [key, answers.get(other)?.outputs.arn ?? null]);
  return {
    urn: urnOf(name, type, parentUrn),
    type,
    name,
    parent: parentUrn,
    custom,
    remote: false,
    inputs: { ...inputs, ...Object.fromEntries(taken) },
    dependencies: [...new Set([...dependsOn, ...Object.values(arnOf)])].map(find),
    propertyDependencies: Object.fromEntries(
      Object.entries(arnOf).map(([key, other]) => [key, [find(other)]]),
    ),
    options: { ...NO_OPTIONS, ...options },
    hooks: {},
  };
}

export function ops(steps: readonly Step[]): string[] {
  return steps.map(({ op, name }) => `${op} ${name}`);
}

export { StackState };
