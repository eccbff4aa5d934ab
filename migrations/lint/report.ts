/** The lint's report: for people, and as JSON. */

import type { Finding } from "./finding";

export interface LintReport {
  readonly scripts: number;
  /** Without the suppressed ones, as are warnings. */
  readonly errors: number;
  readonly warnings: number;
  readonly suppressed: number;
  readonly findings: readonly Finding[];
}

export function lintReport(scripts: number, findings: readonly Finding[]): LintReport {
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

function findingText({ rule, severity, file, line, statement, feels, safeWay, suppressed }: Finding): string {
  if (suppressed) return `${file}:${line}: suppressed ${rule}: ${suppressed.reason}\n  ${statement}\n`;
  return `${file}:${line}: ${severity} ${rule}\n  ${statement}\n  ${feels}\n  Safe way:\n${indent(safeWay)}\n`;
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;

export function reportText({ scripts, errors, warnings, suppressed, findings }: LintReport): string {
  const summary =
    `${count(scripts, "script")}: ${count(errors, "error")}, ${count(warnings, "warning")}, ${suppressed} suppressed.` +
    (errors > 0 ? " The rules: docs/lint-rules.md." : "");
  return `${[...findings.map(findingText), summary].join("\n")}\n`;
}
