/** A line of a diff: kept, removed or added; `…` stands for kept lines that are left out. */
export interface DiffLine {
  readonly sign: " " | "-" | "+" | "…";
  readonly text: string;
}

/** Kept lines around a change that are shown. */
const CONTEXT = 2;
/** Above this many comparisons, what is between the first and the last difference is shown as one block. */
const MOST_COMPARISONS = 1_000_000;

/** The difference of two texts, line by line, with a little of what is around it. */
export function diffLines(old: string, next: string): DiffLine[] {
  const [a, b] = [split(old), split(next)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const keep = (text: string): DiffLine => ({ sign: " ", text });
  const lines = [
    ...a.slice(0, head).map(keep),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(keep),
  ];
  return fold(lines);
}

function split(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** Longest common subsequence. */
function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ sign: "-", text });
  const added = (text: string): DiffLine => ({ sign: "+", text });
  if (a.length * b.length > MOST_COMPARISONS) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i], b[j]];
    if (x !== undefined && x === y) {
      lines.push({ sign: " ", text: x });
      i++;
      j++;
    } else if (x !== undefined && (y === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(x));
      i++;
    } else if (y !== undefined) {
      lines.push(added(y));
      j++;
    }
  }
  return lines;
}

/** Leaves out kept lines far from any change. */
function fold(lines: readonly DiffLine[]): DiffLine[] {
  const near = new Array<boolean>(lines.length).fill(false);
  lines.forEach(({ sign }, index) => {
    if (sign !== " ") near.fill(true, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  });
  const folded: DiffLine[] = [];
  lines.forEach((line, index) => {
    if (near[index]) folded.push(line);
    else if (folded.at(-1)?.sign !== "…") folded.push({ sign: "…", text: "" });
  });
  return folded.length === 1 && folded[0]?.sign === "…" ? [] : folded;
}
