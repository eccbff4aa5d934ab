import type { ChangeCounts } from "../../engine/state/step";
import type { Revision, RevisionError } from "../checkout/checked-out";
import type { Finding } from "../findings/registry";
import type { PropertyView } from "./property-view";
import type { ResourceView } from "./resource-view";

/** The output of `--format json`. New fields may be added; every other change increments `format`. */
export interface Report {
  readonly format: 3;
  readonly project: string;
  readonly stack: string;
  readonly base: Revision;
  readonly head: Revision;
  /**
   * `rejected`: the head's program reports invalid config or inputs. `failed`: the head cannot be evaluated.
   * `uncompared`: the head can be evaluated, but the base cannot.
   */
  readonly outcome: "same" | "changes" | "rejected" | "failed" | "uncompared";
  readonly error?: RevisionError;
  /** Set if the base is rejected or failed. The head was then evaluated as if the stack were new. */
  readonly baseError?: RevisionError;
  /**
   * False if a part could not be compared. A note names the part; the outcome `same` refers to the compared parts
   * only.
   */
  readonly complete: boolean;
  /** Number of resources that the head declares. Set only for the outcome `uncompared`. */
  readonly declared?: number;
  /** Findings; empty if nothing was compared. */
  readonly findings: readonly Finding[];
  readonly counts: ChangeCounts;
  readonly resources: readonly ResourceView[];
  readonly outputs: readonly PropertyView[];
  /** Messages that the head's program logged with `pulumi.log.warn` and `pulumi.log.error`. */
  readonly messages: readonly { readonly severity: "warning" | "error"; readonly message: string }[];
  readonly notes: readonly string[];
}

export type ReportIdentity = Pick<Report, "project" | "stack" | "base" | "head">;
