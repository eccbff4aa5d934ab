/** Checks that can be made by machine of the rules in docs/style.md; exits with 1 and one line for each finding. */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import * as ts from "typescript";

interface LanguageFinding {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

const OPENING = /^(What|Who|Whom|Whose|Where|How|Whether|Of)\b/;

/** Each pattern with the word to use instead; `docs/style.md` has the glossary. */
const FORBIDDEN: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // In quotes it is the Unix user.
  [/(?<![`"'])\b(nobody|somebody|whoever|anybody|everybody)\b/i, "name the person or the component"],
  [/\brefusals?\b/i, "validation error"],
  [/\bway back\b/i, "rollback"],
  [/\bstand-ins?\b/i, "placeholder"],
  [/\bcondemned\b/i, "pendingDeletes"],
  [/\bone-machine cloud\b/i, "simulator"],
  [/\bverdicts?\b/i, "report"],
  [/\b(has|have|had|gets?|moves?|moved) (the|all|no|its) users\b/i, "traffic"],
];

const MAX_SUBJECT_LENGTH = 72;
/** Earlier commits were written before the rule. */
const SUBJECTS_SINCE = "2026-11-30T11:00:00Z";

function git(...args: string[]): string[] {
  return execFileSync("git", args, { encoding: "utf8", timeout: 30_000 }).split("\n").filter(Boolean);
}

function checkProse(file: string, line: number, text: string): LanguageFinding[] {
  return FORBIDDEN.flatMap(([pattern, instead]) => {
    const found = pattern.exec(text);
    if (found === null) return [];
    const at = line + text.slice(0, found.index).split("\n").length - 1;
    return [{ file, line: at, problem: `"${found[0]}" must not be used. Say: ${instead}.` }];
  });
}

function commentText(comment: string): string {
  return comment.replace(/^\/\*+|\*\/$|^\/\/+/g, "").replace(/^[\s*]+/, "");
}

/** Comments and texts of a source file. Identifiers are left to the reviewer. */
function checkSource(file: string): LanguageFinding[] {
  const text = readFileSync(file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const findings: LanguageFinding[] = [];
  const seen = new Set<number>();
  const checkComments = (position: number, isTrailing: boolean) => {
    const ranges = isTrailing
      ? ts.getTrailingCommentRanges(text, position)
      : ts.getLeadingCommentRanges(text, position);
    let lineCommentEnd = -1;
    for (const { pos, end } of ranges ?? []) {
      // Lines of `//` that follow each other are one comment.
      const isContinued = lineCommentEnd >= 0 && lineOf(pos) === lineOf(lineCommentEnd) + 1;
      lineCommentEnd = text.startsWith("//", pos) ? end : -1;
      if (seen.has(pos)) continue;
      seen.add(pos);
      const comment = text.slice(pos, end);
      const opening = OPENING.exec(commentText(comment));
      if (opening !== null && !isContinued) {
        const problem = `A comment must not begin with "${opening[0]}". Begin with a noun or a verb.`;
        findings.push({ file, line: lineOf(pos), problem });
      }
      findings.push(...checkProse(file, lineOf(pos), comment));
    }
  };
  const visit = (node: ts.Node) => {
    checkComments(node.getFullStart(), false);
    checkComments(node.getEnd(), true);
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      // With its quotes, so that the Unix user alone is no finding.
      findings.push(...checkProse(file, lineOf(node.getStart()), node.getText(source)));
    }
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  return findings;
}

function checkSubjects(): LanguageFinding[] {
  const subjects = git("log", `--since=${SUBJECTS_SINCE}`, "--no-merges", "--format=%h %s");
  return subjects.flatMap((line) => {
    const [commit = "", ...words] = line.split(" ");
    const { length } = words.join(" ");
    if (length <= MAX_SUBJECT_LENGTH) return [];
    const problem = `The commit's subject must have at most ${MAX_SUBJECT_LENGTH} characters, got ${length}.`;
    return [{ file: commit, line: 1, problem }];
  });
}

const files = git("ls-files", "--cached", "--others", "--exclude-standard");
/** This file and the glossary name the forbidden words. Scripts that were applied must not change, comments included. */
const EXEMPT = /^(\.ci\/language\.ts|docs\/style\.md|app\/migrations\/.*)$/;
const findings = files
  // A deleted file is listed until the deletion is committed.
  .filter((file) => !EXEMPT.test(file) && existsSync(file))
  .flatMap((file) => {
    if (/\.[cm]?[jt]s$/.test(file)) return checkSource(file);
    if (/\.(md|sql|ya?ml)$/.test(file)) return checkProse(file, 1, readFileSync(file, "utf8"));
    return [];
  });
findings.push(...checkSubjects());
for (const { file, line, problem } of findings) process.stdout.write(`${file}:${line}: ${problem}\n`);
if (findings.length > 0) {
  process.stdout.write(`${findings.length} findings; docs/style.md has the rules.\n`);
  process.exitCode = 1;
}
