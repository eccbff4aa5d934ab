/** `-- lint-ignore rule: reason`, directly above a statement, or above the `-- backfill:` of a backfill. */

import { closest } from "fastest-levenshtein";
import type { MigrationScript } from "../script/script";
import type { LintFinding } from "./finding";
import { type Comment, lineComments } from "./parser";

/** The rule of suppressions that are themselves wrong. */
export const suppressionRule = "lint-ignore";

interface Suppression extends Comment {
  readonly rule: string;
  readonly reason: string;
}

const form = /^lint-ignore\s+([\w-]+)\s*:\s*(\S.*)$/;

function commentsOf({ sql }: MigrationScript): Comment[] {
  return sql.includes("lint-ignore") ? lineComments(sql) : [];
}

/** The lines of comments that end directly above the line. */
function linesAbove(line: number, comments: readonly Comment[]): Set<number> {
  const commented = new Set(comments.map((comment) => comment.line));
  const lines = new Set<number>();
  for (let above = line - 1; commented.has(above); above--) lines.add(above);
  return lines;
}

function wrong(
  script: MigrationScript,
  { line, text }: Comment,
  impact: string,
  remediation: string,
): LintFinding {
  return {
    rule: suppressionRule,
    severity: "error",
    file: script.file,
    line,
    statement: `-- ${text}`,
    impact,
    remediation,
  };
}

/** The findings of a script, those suppressed that a comment above their statement names, and what is wrong there. */
export function suppress(
  script: MigrationScript,
  found: readonly { readonly finding: LintFinding; readonly statementLine: number }[],
  ruleNames: readonly string[],
): LintFinding[] {
  const comments = commentsOf(script);
  const marks = comments.filter(({ text }) => /^lint-ignore\b/.test(text));
  if (marks.length === 0) return found.map(({ finding }) => finding);
  const suppressions = marks.flatMap((comment): Suppression[] => {
    const [, rule = "", reason = ""] = form.exec(comment.text) ?? [];
    return ruleNames.includes(rule) ? [{ ...comment, rule, reason }] : [];
  });
  const used = new Set<Suppression>();
  const findings = found.map(({ finding, statementLine }) => {
    const above = linesAbove(statementLine, comments);
    const suppression = suppressions.find(({ rule, line }) => rule === finding.rule && above.has(line));
    if (!suppression) return finding;
    used.add(suppression);
    return { ...finding, suppressed: { reason: suppression.reason } };
  });
  const malformed = marks.flatMap((comment): LintFinding[] => {
    const [, rule] = form.exec(comment.text) ?? [];
    if (rule === undefined) {
      const impact = "It suppresses nothing: a suppression names one rule and says why.";
      return [wrong(script, comment, impact, "-- lint-ignore rule-name: why clients do not feel it here")];
    }
    if (ruleNames.includes(rule)) return [];
    const near = closest(rule, [...ruleNames]);
    return [
      wrong(script, comment, `It suppresses nothing: there is no rule ${rule}.`, `-- lint-ignore ${near}: …`),
    ];
  });
  const unused = suppressions
    .filter((suppression) => !used.has(suppression))
    .map((suppression) => {
      const impact = `It suppresses nothing: the statement below breaks no rule ${suppression.rule}.`;
      return wrong(
        script,
        suppression,
        impact,
        "Delete it, or put it directly above the statement that it is about.",
      );
    });
  return [...findings, ...malformed, ...unused];
}
