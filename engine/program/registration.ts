import type { Alias } from "../state/aliases";
import type { Properties, Value } from "../values/values";

/** A resource as the program declares it, after transforms. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  readonly custom: boolean;
  /** A component that only a component plugin could build. */
  readonly remote: boolean;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly options: ResourceOptions;
  readonly hooks: Hooks;
}

export interface ResourceOptions {
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly aliases: readonly Alias[];
  /** URN of an explicit provider. */
  readonly provider?: string;
  readonly deletedWith?: string;
  readonly replaceWith: readonly string[];
  /** A replacement is forced when it changes. */
  readonly replacementTrigger?: Value;
  readonly importId?: string;
  /** Seconds. */
  readonly timeouts: { readonly create?: number; readonly update?: number; readonly delete?: number };
}

export const NO_OPTIONS: ResourceOptions = {
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  aliases: [],
  replaceWith: [],
  timeouts: {},
};

/** Names of hooks the program bound to the resource. */
export type Hooks = Readonly<Partial<Record<HookKind, readonly string[]>>>;
export type HookKind =
  | "beforeCreate"
  | "afterCreate"
  | "beforeUpdate"
  | "afterUpdate"
  | "beforeDelete"
  | "afterDelete";

/** A resource that exists already and is only read. */
export interface ReadRequest {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  /** Undefined in a preview when it is not known yet. */
  readonly id?: string;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
}

/** What the program gets back. */
export interface ResourceResult {
  readonly id?: string;
  /** What is absent is `undefined` for the program, in previews unknown. */
  readonly outputs: Properties;
}

export interface DataSourceResult {
  readonly outputs: Properties;
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

/** Answers a program's requests: the deployment does it for real, the evaluation with placeholders. */
export interface ResourceHandler {
  register(registration: Registration): Promise<ResourceResult>;
  registerOutputs(urn: string, outputs: Properties): Promise<void>;
  read(request: ReadRequest): Promise<ResourceResult>;
  invoke(token: string, args: Properties): Promise<DataSourceResult>;
}
