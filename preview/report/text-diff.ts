import { diffArrays } from "diff";

/** A line of a diff. The mark `…` stands for unchanged lines that are left out. */
export interface DiffLine {
  readonly sign: " " | "-" | "+" | "…";
  readonly text: string;
}

const CONTEXT_LINES = 2;
/**
 * Texts with more different lines are shown as one block, because the comparison time grows with the square of that
 * number.
 */
const MAX_EDITS = 2_000;

export function diffLines(old: string, next: string): DiffLine[] {
  const [before, after] = [splitLines(old), splitLines(next)];
  const parts = diffArrays(before, after, { maxEditLength: MAX_EDITS }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  const lines = parts.flatMap(({ value, added, removed }) =>
    value.map((text): DiffLine => ({ sign: added ? "+" : removed ? "-" : " ", text })),
  );
  return foldUnchanged(lines);
}

function splitLines(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function foldUnchanged(lines: readonly DiffLine[]): DiffLine[] {
  const isNear = new Array<boolean>(lines.length).fill(false);
  lines.forEach(({ sign }, index) => {
    if (sign !== " ") isNear.fill(true, Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1);
  });
  const folded: DiffLine[] = [];
  lines.forEach((line, index) => {
    if (isNear[index]) folded.push(line);
    else if (folded.at(-1)?.sign !== "…") folded.push({ sign: "…", text: "" });
  });
  return folded.length === 1 && folded[0]?.sign === "…" ? [] : folded;
}
