import type { Unwrap } from "@pulumi/pulumi";
import type { CheckFailure } from "../engine/deploy/provider";
import type { AutoName } from "./names";
import type { ResourceProperties } from "./values";
import type { World } from "./world";

/** The arguments of a resource of the SDK as a provider receives them: plain values. */
export type Plain<Args> = Unwrap<Args>;

/** As {@link Plain}, in a preview: values unknown until apply are absent, and in a list undefined. */
export type Known<T> = T extends readonly (infer Item)[]
  ? (Known<Item> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Known<T[K]> }
    : T;

/** The context of a step on one resource. */
export interface StepContext {
  readonly world: World;
  /** The resource's name in the program. */
  readonly name: string;
  /** Aborts when the caller gave up; all waits must end then. */
  readonly signal: AbortSignal;
}

export interface Created {
  readonly id: string;
  /** Computed outputs. The inputs are outputs too and are not repeated. */
  readonly outs?: ResourceProperties;
}

export interface UpdateContext<Inputs> extends StepContext {
  /** The inputs in force. */
  readonly before: Inputs;
  /** All outputs before the update. */
  readonly outs: ResourceProperties;
  /** The top-level inputs that differ. */
  readonly changed: readonly string[];
}

/** One type of resource: its checks and steps. `aws/` has the inputs that force a replacement. */
export interface ResourceType<Inputs extends object> {
  readonly autoName?: AutoName;
  /**
   * Outputs that an update of these inputs may change.
   *
   * @default none
   */
  unknownsOnUpdate?(changed: readonly string[], inputs: Inputs): readonly string[];
  /** Inputs that AWS or the provider would reject by themselves. */
  check?(inputs: Known<Inputs>, world: World): Iterable<CheckFailure>;
  create(inputs: Inputs, call: StepContext): Created | Promise<Created>;
  /**
   * Returns the computed outputs that changed.
   *
   * @default records the new inputs
   */
  update?(
    id: string,
    inputs: Inputs,
    call: UpdateContext<Inputs>,
  ): ResourceProperties | Promise<ResourceProperties>;
  /** @default drops the record */
  delete?(id: string, outs: ResourceProperties, call: StepContext): void | Promise<void>;
  /**
   * Present values of outputs that change by themselves.
   *
   * @default none
   */
  refresh?(id: string, outs: ResourceProperties, world: World): ResourceProperties;
}

/** Resource types by type token. */
export type ResourceTypes = Readonly<Record<string, ResourceType<object>>>;

/** Data sources by token. */
export type DataSources = Readonly<
  Record<string, (args: ResourceProperties, world: World) => ResourceProperties>
>;

/** The declarations of one service's file. */
export interface Service {
  readonly resources?: ResourceTypes;
  readonly dataSources?: DataSources;
}

/** Infers a type's inputs once; the table erases them again. */
export function resourceType<Inputs extends object>(type: ResourceType<Inputs>): ResourceType<object> {
  return type;
}
