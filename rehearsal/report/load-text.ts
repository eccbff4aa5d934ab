import type { LoadFigures, LoadOutcome } from "../load";
import type { ObservedFlip } from "../load/observed-flips";
import { loadRows, table } from "./summary";

const MAX_FAILURES = 10;

/** The result of a load on a real stack, in plain text. */
export function loadText(
  figures: LoadFigures,
  { outcome, reasons }: LoadOutcome,
  flips: readonly ObservedFlip[],
): string {
  const seen = flips.map(({ from, to, atSeconds, failed, latencyMaxMs }): [string, string] => [
    `flip ${from} to ${to}`,
    `seen after ${Math.round(atSeconds)} s, ${failed} failed, longest answer ${Math.round(latencyMaxMs)} ms`,
  ]);
  const byVersion = Object.entries(figures.answers.byVersion).map(([name, answers]): [string, string] => [
    `answers of ${name}`,
    String(answers),
  ]);
  const failures = figures.failures
    .slice(0, MAX_FAILURES)
    .map(({ at, kind, method, path, status, detail }) => {
      const request = [method, path, status].filter((part) => part !== undefined).join(" ");
      return `  ${at} ${kind} ${request}: ${detail}`;
    });
  return [
    ...table([...loadRows(figures), ...byVersion, ...seen]),
    "",
    `${outcome.toUpperCase()}${reasons.length > 0 ? `: ${reasons.join("; ")}` : ""}`,
    ...failures,
  ].join("\n");
}
