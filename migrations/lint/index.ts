export type { LintFinding } from "./finding";
export { githubReport, type ReportFormat, sarifReport } from "./formats";
export { checkSyntax, type LintOptions, lintScripts, ruleNames } from "./lint";
export { loadParser } from "./parser";
export { type LintReport, lintReport, reportText } from "./report";
export type { LintRule, Severity } from "./rule";
export { rules } from "./rules";
