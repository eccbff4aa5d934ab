import type { Comparison } from "../compare/comparison";

/**
 * `danger`: outage or data loss. `warning`: must be intended. `info`: worth knowing. `none`: the check found nothing
 * to review.
 */
export type FindingSeverity = "danger" | "warning" | "info" | "none";

export interface FindingContent {
  readonly severity: FindingSeverity;
  /** The finding in a few sentences. */
  readonly summary: string;
  readonly details: readonly string[];
}

/** A check of one topic of a release. It compares only the two graphs. */
export interface FindingCheck {
  readonly topic: string;
  /** Returns undefined if the topic does not apply to the program. */
  readonly find: (comparison: Comparison) => FindingContent | undefined;
}

export interface Problem {
  readonly severity: "danger" | "warning";
  readonly summary: string;
}

export function danger(summary: string): Problem {
  return { severity: "danger", summary };
}

export function warning(summary: string): Problem {
  return { severity: "warning", summary };
}

/** Combines problems into one finding with the severity of the worst problem; undefined if there are none. */
export function combine(
  problems: readonly Problem[],
  details: readonly string[] = [],
): FindingContent | undefined {
  if (problems.length === 0) return undefined;
  const severity = problems.some((each) => each.severity === "danger") ? "danger" : "warning";
  const summaries = new Set(problems.map(({ summary }) => summary));
  return { severity, summary: [...summaries].join(" "), details };
}
