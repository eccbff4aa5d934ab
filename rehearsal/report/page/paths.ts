import type { Scale } from "./scale";

/** Outline of stacked values: from `low` to `high` in each interval, with vertical steps between intervals. */
export function stepArea(edges: readonly number[], low: readonly number[], high: readonly number[]): string {
  const upper = high.map((y, index) => `${at(edges, index)} ${y}H${at(edges, index + 1)}`);
  const lower = low.map((y, index) => `L${at(edges, index + 1)} ${y}H${at(edges, index)}`).reverse();
  return `M${upper.join("L")}${lower.join("")}Z`;
}

/** Line through the middle of each interval, with gaps where there is no value. */
export function brokenLine(edges: readonly number[], values: readonly (number | null)[], y: Scale): string {
  let connected = false;
  return values
    .map((value, index) => {
      if (value === null) {
        connected = false;
        return "";
      }
      const middle = Math.round((at(edges, index) + at(edges, index + 1)) * 5) / 10;
      const command = connected ? "L" : "M";
      connected = true;
      return `${command}${middle} ${y(value)}`;
    })
    .join("");
}

function at(edges: readonly number[], index: number): number {
  return edges[Math.min(index, edges.length - 1)] ?? 0;
}
