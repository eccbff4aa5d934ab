import type { Properties } from "../values/values";
import type { Registration } from "./registration";

/** The resources that a program declares, evaluated without a cloud. Computed values are `Unknown`. */
export interface Graph {
  readonly project: string;
  readonly stack: string;
  /** Resources in the order of their registration. The stack itself is the first one. */
  readonly resources: readonly GraphResource[];
  readonly outputs: Properties;
  /** Data source calls that returned placeholders. */
  readonly placeholders: readonly { readonly token: string; readonly args: Properties }[];
  /** True if the program reads the outputs of its own stack, so that its first update can differ from later ones. */
  readonly readsOwnOutputs?: boolean;
  readonly messages: readonly { readonly severity: "info" | "warning" | "error"; readonly message: string }[];
}

export interface GraphResource extends Registration {
  /** True for a resource that the program only reads (`Resource.get`). */
  readonly read: boolean;
}
