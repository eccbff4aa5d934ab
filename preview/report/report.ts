import type { ChangeCounts } from "../../engine/state/step";
import type { Revision, RevisionError } from "../checkout/checked-out";
import type { Finding } from "../findings/registry";
import type { PropertyView } from "./property-view";
import type { ResourceView } from "./resource-view";

/**
 * `rejected`: the head's program reports invalid config or inputs, or a migration script of the change has an error.
 * `failed`: the head cannot be evaluated. `uncompared`: the head can be evaluated, but the base cannot.
 */
export type PreviewOutcome = "same" | "changes" | "rejected" | "failed" | "uncompared";

/** The output of `--format json`. New fields may be added; every other change increments `format`. */
export interface PreviewReport {
  readonly format: 4;
  readonly project: string;
  readonly base: Revision;
  readonly head: Revision;
  /** The outcome of the change with all of its stacks: failed, rejected, uncompared, changes or same. */
  readonly outcome: PreviewOutcome;
  /**
   * False if a part could not be compared. A note names the part; the outcome `same` refers to the compared parts
   * only.
   */
  readonly complete: boolean;
  /** Findings on files of the change that concern every stack, such as migration scripts and packages. */
  readonly findings: readonly Finding[];
  readonly stacks: readonly StackReport[];
  /** Path of the head's runbook, to which findings refer. */
  readonly runbook?: string;
}

/** The part of a report about one stack. */
export interface StackReport {
  readonly stack: string;
  readonly outcome: PreviewOutcome;
  readonly error?: RevisionError;
  /** Set if the base is rejected or failed. The head was then evaluated as if the stack were new. */
  readonly baseError?: RevisionError;
  /** As for the whole report. */
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
