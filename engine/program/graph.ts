import type { Properties } from "../values/values";
import type { Registration } from "./registration";

/** The resources that a program declares, evaluated without a cloud. Computed values are `Unknown`. */
export interface Graph {
  readonly project: string;
  readonly stack: string;
  /** In the order of their registration; the stack itself is the first. */
  readonly resources: readonly GraphResource[];
  readonly outputs: Properties;
  /** Data sources whose results were placeholders. */
  readonly placeholders: readonly { readonly token: string; readonly args: Properties }[];
  readonly messages: readonly { readonly severity: "info" | "warning" | "error"; readonly message: string }[];
}

export interface GraphResource extends Registration {
  /** The resource is read (`Resource.get`), not managed. */
  readonly read: boolean;
}
