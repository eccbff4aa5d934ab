import type { LintFinding } from "./finding";

export interface LintReport {
  readonly scripts: number;
  /** Number of errors that are not suppressed. `warnings` does not include suppressed findings either. */
  readonly errors: number;
  readonly warnings: number;
  readonly suppressed: number;
  readonly findings: readonly LintFinding[];
}

export function lintReport(scripts: number, findings: readonly LintFinding[]): LintReport {
  const open = findings.filter(({ suppressed }) => !suppressed);
  return {
    scripts,
    errors: open.filter(({ severity }) => severity === "error").length,
    warnings: open.filter(({ severity }) => severity === "warning").length,
    suppressed: findings.length - open.length,
    findings,
  };
}

const indent = (text: string) => text.replace(/^/gm, "    ");

function findingText({
  rule,
  severity,
  file,
  line,
  statement,
  impact,
  remediation,
  suppressed,
}: LintFinding): string {
  if (suppressed) return `${file}:${line}: suppressed ${rule}: ${suppressed.reason}\n  ${statement}\n`;
  return `${file}:${line}: ${severity} ${rule}\n  ${statement}\n  ${impact}\n  Remediation:\n${indent(remediation)}\n`;
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;

export function reportText({ scripts, errors, warnings, suppressed, findings }: LintReport): string {
  const summary =
    `${count(scripts, "script")}: ${count(errors, "error")}, ${count(warnings, "warning")}, ${suppressed} suppressed.` +
    (errors > 0 ? " See docs/lint-rules.md for the rules." : "");
  return `${[...findings.map(findingText), summary].join("\n")}\n`;
}
