import type { Unwrap } from "@pulumi/pulumi";
import type { CheckFailure } from "../engine/deploy/provider";
import type { AutoName } from "./names";
import type { ResourceProperties } from "./values";
import type { World } from "./world";

/** Arguments of a resource in the SDK, in the form that a provider receives: plain values. */
export type Plain<Args> = Unwrap<Args>;

/**
 * Like {@link Plain}, but during a preview: values that are unknown until apply are absent, and undefined in a list.
 */
export type Known<T> = T extends readonly (infer Item)[]
  ? (Known<Item> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Known<T[K]> }
    : T;

/** The context of a create, update or delete step. */
export interface StepContext {
  readonly world: World;
  /** The resource's name in the program. */
  readonly name: string;
  /** Aborts when the caller cancels the step. All waits must end then. */
  readonly signal: AbortSignal;
}

export interface Created {
  readonly id: string;
  /** Computed outputs. The inputs are added to them. */
  readonly outs?: ResourceProperties;
}

export interface UpdateContext<Inputs> extends StepContext {
  /** The inputs before the update. */
  readonly before: Inputs;
  /** All outputs before the update. */
  readonly outs: ResourceProperties;
  /** The top-level inputs that the update changes. */
  readonly changed: readonly string[];
}

/**
 * The checks and the create, update and delete steps of one resource type. The inputs that force a replacement are in
 * `aws/`.
 */
export interface ResourceType<Inputs extends object> {
  readonly autoName?: AutoName;
  /**
   * Outputs that an update of the changed inputs may change.
   *
   * @default none
   */
  unknownsOnUpdate?(changed: readonly string[], inputs: Inputs): readonly string[];
  /** Finds inputs that AWS or the provider rejects regardless of other resources. */
  check?(inputs: Known<Inputs>, world: World): Iterable<CheckFailure>;
  create(inputs: Inputs, call: StepContext): Created | Promise<Created>;
  /**
   * Returns the computed outputs that changed.
   *
   * @default stores the new inputs
   */
  update?(
    id: string,
    inputs: Inputs,
    call: UpdateContext<Inputs>,
  ): ResourceProperties | Promise<ResourceProperties>;
  /** @default only removes the resource from the store */
  delete?(id: string, outs: ResourceProperties, call: StepContext): void | Promise<void>;
  /**
   * Inputs that can change outside the program. After a read or an update, the state has their current values.
   *
   * @default none
   */
  readonly driftingInputs?: readonly string[];
  /**
   * Returns the current values of outputs that change without an update.
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

/**
 * Checks a declaration against the type of its inputs, then erases that type so that one table can contain all
 * resource types.
 */
export function resourceType<Inputs extends object>(type: ResourceType<Inputs>): ResourceType<object> {
  return type;
}
