import type { Alias } from "../state/aliases";
import type { Properties, Value } from "../values/values";

/** A resource that the program declares, after transforms. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  /** False for components and the stack. */
  readonly custom: boolean;
  /** True for a component that is implemented by a component plugin. */
  readonly remote: boolean;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly options: ResourceOptions;
}

export interface ResourceOptions {
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly aliases: readonly Alias[];
  readonly provider?: string;
  readonly deletedWith?: string;
  readonly replaceWith: readonly string[];
  readonly replacementTrigger?: Value;
  readonly importId?: string;
  readonly timeouts: { readonly create?: number; readonly update?: number; readonly delete?: number };
  readonly hasHooks?: boolean;
}

export const NO_OPTIONS: ResourceOptions = {
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  aliases: [],
  replaceWith: [],
  timeouts: {},
};

/** A request to read an existing resource (`Resource.get`) or a `StackReference`. */
export interface ReadRequest {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  /** Id of the resource; undefined if it is unknown until apply. */
  readonly id?: string;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
}

export interface ResourceResult {
  readonly id?: string;
  /**
   * Outputs of the resource. The program reads a missing output as `undefined` in an update, and as unknown in a
   * preview.
   */
  readonly outputs: Properties;
}

export interface DataSourceResult {
  readonly outputs: Properties;
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

/** Handles the requests of a program. A deployment creates resources, an evaluation only records them. */
export interface ResourceHandler {
  register(registration: Registration): Promise<ResourceResult>;
  registerOutputs(urn: string, outputs: Properties): Promise<void>;
  read(request: ReadRequest): Promise<ResourceResult>;
  invoke(token: string, args: Properties): Promise<DataSourceResult>;
}
