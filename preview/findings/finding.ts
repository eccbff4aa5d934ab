import type { FilePlace } from "../checkout/file-place";
import type { Comparison } from "../compare/comparison";
import type { FindingCode } from "./codes";

/**
 * `danger`: outage or data loss. `warning`: must be intended. `info`: worth knowing. `none`: the check found nothing
 * to review.
 */
export type FindingSeverity = "danger" | "warning" | "info" | "none";

export interface FindingContent {
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  /** The finding in a few sentences. */
  readonly summary: string;
  readonly details: readonly string[];
  readonly place?: FilePlace;
  /** SQL or commands that make the change safely. */
  readonly remediation?: string;
  /** Heading of the procedure in docs/runbook.md. */
  readonly procedure?: string;
}

/** A check of one topic of a release. It compares only the two graphs. */
export interface FindingCheck {
  readonly topic: string;
  /** Returns no finding if the topic does not apply to the program. */
  readonly find: (comparison: Comparison) => readonly FindingContent[];
}

export function danger(code: FindingCode, summary: string, details: readonly string[] = []): FindingContent {
  return { code, severity: "danger", summary, details };
}

export function warning(code: FindingCode, summary: string, details: readonly string[] = []): FindingContent {
  return { code, severity: "warning", summary, details };
}

export function info(code: FindingCode, summary: string, details: readonly string[] = []): FindingContent {
  return { code, severity: "info", summary, details };
}

export function nothing(code: FindingCode, summary: string, details: readonly string[] = []): FindingContent {
  return { code, severity: "none", summary, details };
}

/** Removes repeated findings. The last finding gets the details that concern all of them. */
export function distinct(
  findings: readonly FindingContent[],
  details: readonly string[] = [],
): FindingContent[] {
  const unique = [...new Map(findings.map((each) => [each.summary, each])).values()];
  const last = unique.length - 1;
  return unique.map((each, index) =>
    index === last ? { ...each, details: [...each.details, ...details] } : each,
  );
}

/** From the worst. */
export const SEVERITIES: readonly FindingSeverity[] = ["danger", "warning", "info", "none"];

/** The finding with the worst severity; the first one of several. */
export function worstFinding<Finding extends { readonly severity: FindingSeverity }>(
  findings: readonly Finding[],
): Finding | undefined {
  for (const severity of SEVERITIES) {
    const found = findings.find((each) => each.severity === severity);
    if (found !== undefined) return found;
  }
  return undefined;
}
