import { worstFinding } from "../findings/finding";
import { enumerateUpTo } from "../wording";
import { isRejection } from "./build-report";
import { noChanges } from "./lines";
import type { PreviewReport, StackReport } from "./report";
import { groupStacks } from "./stack-groups";

const MAX_NAMES = 4;

/** The most important fact about one stack, without a period. */
export function stackHeadline(report: StackReport): string {
  const { outcome, findings, error } = report;
  if (outcome === "same") return noChanges(report);
  if (outcome === "failed") return "failed";
  if (outcome === "uncompared") return "not compared, the base cannot be evaluated";
  if (outcome === "rejected") {
    const count = error?.issues.length ?? 0;
    return count > 1 ? `rejected, for ${count} reasons` : "rejected";
  }
  const effects = findings.filter(({ code }) => code !== "config-changed");
  return withoutPeriod(firstSentence(worstFinding(effects)?.summary ?? "changes"));
}

/** The most important fact about the whole change: of a script or another file, or of the stack that comes first. */
export function changeHeadline({ findings, stacks, outcome }: PreviewReport): string {
  const [first] = groupStacks(stacks);
  const errors = findings.filter(isRejection);
  const isStackWorse = first !== undefined && ["failed", "rejected"].includes(first.report.outcome);
  if (errors.length > 0 && !isStackWorse) {
    const files = [...new Set(errors.flatMap(({ place }) => place?.file.split("/").at(-1) ?? []))];
    const [error] = errors;
    if (files.length === 0 && error !== undefined)
      return `rejected: ${withoutPeriod(firstSentence(error.summary))}`;
    return `rejected, because of ${enumerateUpTo(MAX_NAMES, files)}`;
  }
  const worst = worstFinding(findings);
  const stack = first === undefined ? undefined : worstFinding(first.report.findings);
  const isFileWorse =
    !isStackWorse &&
    worst !== undefined &&
    ["danger", "warning"].includes(worst.severity) &&
    (first === undefined ||
      first.report.outcome === "same" ||
      (worst.severity === "danger" && stack?.severity !== "danger") ||
      (worst.severity === "warning" && !["danger", "warning"].includes(stack?.severity ?? "")));
  if (isFileWorse) return withoutPeriod(firstSentence(worst.summary));
  if (first === undefined) return outcome;
  if (stacks.length === 1) return stackHeadline(first.report);
  const names = enumerateUpTo(MAX_NAMES, first.stacks);
  const headline = stackHeadline(first.report);
  return first.report.outcome === "same" ? headline : `${names}: ${headline}`;
}

function withoutPeriod(text: string): string {
  return text.replace(/\.$/, "");
}

function firstSentence(text: string): string {
  return /^.*?[^\d]\.(?=\s)/.exec(text)?.[0] ?? text;
}
