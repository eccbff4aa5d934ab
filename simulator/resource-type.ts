import type { Unwrap } from "@pulumi/pulumi";
import type { CheckFailure } from "../engine/deploy/provider";
import type { AutoName } from "./names";
import type { Properties } from "./values";
import type { World } from "./world";

/** The arguments of a resource of the SDK as a provider gets them: plain values. */
export type Plain<Args> = Unwrap<Args>;

/** As {@link Plain}, in a preview: whatever is not known yet is absent, and in a list undefined. */
export type Known<T> = T extends readonly (infer Item)[]
  ? (Known<Item> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Known<T[K]> }
    : T;

/** What a step on one resource may use. */
export interface Call {
  readonly world: World;
  /** The resource's name in the program. */
  readonly name: string;
  /** Aborts when the caller gave up; whoever waits must stop then. */
  readonly signal: AbortSignal;
}

export interface Created {
  readonly id: string;
  /** Computed outputs; the inputs are outputs too and need not be repeated. */
  readonly outs?: Properties;
}

export interface UpdateCall<Inputs> extends Call {
  /** The inputs that are in force. */
  readonly before: Inputs;
  /** All outputs before the update. */
  readonly outs: Properties;
  /** The top-level inputs that differ. */
  readonly changed: readonly string[];
}

/** One kind of resource: what is checked, and what its steps do. What replaces it: see `aws/replacements.ts`. */
export interface ResourceType<Inputs extends object> {
  readonly autoName?: AutoName;
  /** Outputs that an update of these inputs may change. Default: none. */
  unknownsOnUpdate?(changed: readonly string[], inputs: Inputs): readonly string[];
  /** What AWS or the provider would refuse, as far as one resource's inputs tell. */
  check?(inputs: Known<Inputs>, world: World): Iterable<CheckFailure>;
  create(inputs: Inputs, call: Call): Created | Promise<Created>;
  /** Returns the computed outputs that changed. Default: the new inputs are recorded. */
  update?(id: string, inputs: Inputs, call: UpdateCall<Inputs>): Properties | Promise<Properties>;
  /** Default: the record is dropped. */
  delete?(id: string, outs: Properties, call: Call): void | Promise<void>;
  /** The outputs that change by themselves, as they are now. Default: none. */
  refresh?(id: string, outs: Properties, world: World): Properties;
}

/** Resource types by type token. */
export type ResourceTypes = Readonly<Record<string, ResourceType<object>>>;

/** Data sources by token. */
export type DataSources = Readonly<Record<string, (args: Properties, world: World) => Properties>>;

/** What one service's file declares. */
export interface Service {
  readonly resources?: ResourceTypes;
  readonly dataSources?: DataSources;
}

/** Helps the compiler: a type's inputs are named once, and the table forgets them again. */
export function resourceType<Inputs extends object>(type: ResourceType<Inputs>): ResourceType<object> {
  return type;
}
