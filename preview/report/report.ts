import type { ChangeCounts } from "../../engine/state/step";
import type { Revision, RevisionError } from "../checkout/checked-out";
import type { Finding } from "../findings/registry";
import type { PropertyView } from "./property-view";
import type { ResourceView } from "./resource-view";

/** The output of `--format json`. Fields may be added; every other change raises `format`. */
export interface Report {
  readonly format: 3;
  readonly project: string;
  readonly stack: string;
  readonly base: Revision;
  readonly head: Revision;
  /**
   * `rejected`: head's program reports invalid config or inputs. `failed`: head cannot be evaluated. `uncompared`: head can
   * be evaluated, and base cannot.
   */
  readonly outcome: "same" | "changes" | "rejected" | "failed" | "uncompared";
  readonly error?: RevisionError;
  /** Set when base is rejected or failed. Head was then evaluated as if the stack were new. */
  readonly baseError?: RevisionError;
  /** False when something could not be compared: a note names it, and `same` holds as far as was compared. */
  readonly complete: boolean;
  /** Number of resources that head declares; set when uncompared. */
  readonly declared?: number;
  /** Empty when nothing was compared. */
  readonly findings: readonly Finding[];
  readonly counts: ChangeCounts;
  readonly resources: readonly ResourceView[];
  readonly outputs: readonly PropertyView[];
  /** Messages of `pulumi.log.warn` and `pulumi.log.error` in head. */
  readonly messages: readonly { readonly severity: "warning" | "error"; readonly message: string }[];
  readonly notes: readonly string[];
}

export type ReportIdentity = Pick<Report, "project" | "stack" | "base" | "head">;
