import type { Properties } from "../values/values";
import type { Registration, ResourceOptions } from "./registration";

/** What a program declares, without a cloud. Computed values are `Unknown`. */
export interface Graph {
  readonly project: string;
  readonly stack: string;
  /** In the order in which the program registered them; the stack itself is the first. */
  readonly resources: readonly GraphResource[];
  readonly outputs: Properties;
  /** Data sources that were answered with placeholders, because no provider could be asked. */
  readonly placeholders: readonly { readonly token: string; readonly args: Properties }[];
  /** Messages of `pulumi.log`. */
  readonly messages: readonly { readonly severity: "info" | "warning" | "error"; readonly message: string }[];
}

export interface GraphResource
  extends Pick<Registration, "urn" | "type" | "name" | "parent" | "custom" | "remote"> {
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly options: ResourceOptions;
  /** Only read (`Resource.get`), not owned. */
  readonly read: boolean;
}
