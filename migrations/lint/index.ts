/** The static lint of migration scripts. */

export type { Finding } from "./finding";
export { type LintOptions, lintScripts, ruleNames } from "./lint";
export { loadParser } from "./parser";
export { type LintReport, lintReport, reportText } from "./report";
export type { Rule, Severity } from "./rule";
export { rules } from "./rules";
