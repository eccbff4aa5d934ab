/**
 * Suppressions are comments `-- lint-ignore rule: reason` directly above a statement or above a `-- backfill:` line.
 */

import { closest } from "fastest-levenshtein";
import type { MigrationScript } from "../script/script";
import type { LintFinding } from "./finding";
import { lineComments, type SqlComment } from "./parser";
import { TRACE_RULES } from "./trace-rules";

export const SUPPRESSION_RULE = "lint-ignore";

interface Suppression extends SqlComment {
  readonly rule: string;
  readonly reason: string;
}

const SUPPRESSION = /^lint-ignore\s+([\w-]+)\s*:\s*(\S.*)$/;

function commentsOf({ sql }: MigrationScript): SqlComment[] {
  return sql.includes("lint-ignore") ? lineComments(sql) : [];
}

function suppressionAbove(
  line: number,
  rule: string,
  commented: ReadonlySet<number>,
  suppressions: ReadonlyMap<number, Suppression>,
): Suppression | undefined {
  for (let above = line - 1; commented.has(above); above--) {
    const found = suppressions.get(above);
    if (found?.rule === rule) return found;
  }
  return undefined;
}

function invalidSuppression(
  script: MigrationScript,
  { line, text }: SqlComment,
  impact: string,
  remediation: string,
): LintFinding {
  return {
    rule: SUPPRESSION_RULE,
    severity: "error",
    file: script.file,
    line,
    statement: `-- ${text}`,
    impact,
    remediation,
  };
}

export function suppress(
  script: MigrationScript,
  found: readonly { readonly finding: LintFinding; readonly statementLine: number }[],
  ruleNames: readonly string[],
): LintFinding[] {
  const comments = commentsOf(script);
  const marks = comments.filter(({ text }) => /^lint-ignore\b/.test(text));
  if (marks.length === 0) return found.map(({ finding }) => finding);
  const suppressions = marks.flatMap((comment): Suppression[] => {
    const [, rule = "", reason = ""] = SUPPRESSION.exec(comment.text) ?? [];
    return ruleNames.includes(rule) ? [{ ...comment, rule, reason }] : [];
  });
  const commented = new Set(comments.map(({ line }) => line));
  const byLine = new Map(suppressions.map((suppression) => [suppression.line, suppression]));
  const used = new Set<Suppression>();
  const findings = found.map(({ finding, statementLine }) => {
    const suppression = suppressionAbove(statementLine, finding.rule, commented, byLine);
    if (!suppression) return finding;
    used.add(suppression);
    return { ...finding, suppressed: { reason: suppression.reason } };
  });
  const malformed = marks.flatMap((comment): LintFinding[] => {
    const [, rule] = SUPPRESSION.exec(comment.text) ?? [];
    if (rule === undefined) {
      const impact = "The comment suppresses nothing: it must have one rule and a reason.";
      return [
        invalidSuppression(
          script,
          comment,
          impact,
          "-- lint-ignore rule-name: reason why clients are not affected",
        ),
      ];
    }
    if (ruleNames.includes(rule)) return [];
    const near = closest(rule, [...ruleNames]);
    return [
      invalidSuppression(
        script,
        comment,
        `The comment suppresses nothing: ${rule} is not a rule.`,
        `-- lint-ignore ${near}: …`,
      ),
    ];
  });
  const unused = suppressions
    .filter((suppression) => !used.has(suppression) && !TRACE_RULES.includes(suppression.rule))
    .map((suppression) => {
      const impact = `The comment suppresses nothing: the statement below it does not violate the rule ${suppression.rule}.`;
      return invalidSuppression(
        script,
        suppression,
        impact,
        "Delete the comment, or move it directly above the statement.",
      );
    });
  return [...findings, ...malformed, ...unused];
}
