import type { RunRecord } from "../run-record";
import { effectRows } from "./effect";
import { environmentSection } from "./environment";
import { formatDuration, secondsBetween } from "./format";
import { outcomeSentence } from "./outcome";
import { cellText, type ReportCell, type ReportSection, type ReportTable } from "./section";

/** Compares two runs. Figures stand side by side; rows that differ in the environment are listed. */
export function comparisonSections(earlier: RunRecord, later: RunRecord): ReportSection[] {
  const pairs: [string, string, string][] = [["Outcome", outcomeSentence(earlier), outcomeSentence(later)]];
  const sections: ReportSection[] = [
    {
      id: "comparison",
      title: "Comparison",
      tables: [pairTable("Outcome", pairs), ...figureTables(earlier, later)],
    },
  ];
  const environment = differences(environmentRows(earlier), environmentRows(later));
  sections.push({
    id: "environment",
    title: "Differences of the environment",
    ...(environment.length > 0
      ? { tables: [pairTable("Differences of the environment", environment)] }
      : { paragraphs: ["None."] }),
  });
  return sections;
}

function figureTables(earlier: RunRecord, later: RunRecord): ReportTable[] {
  const groups: [string, Rows, Rows][] = [
    [
      "Effect on users",
      earlier.load ? effectRows(earlier.load) : [],
      later.load ? effectRows(later.load) : [],
    ],
    ["Outage by strategy", outageRows(earlier), outageRows(later)],
    ["Faults", faultRows(earlier), faultRows(later)],
    ["Duration of steps", stepRows(earlier), stepRows(later)],
  ];
  return groups.flatMap(([caption, before, after]) => {
    const rows = joinRows(before, after);
    return rows.length > 0 ? [pairTable(caption, rows)] : [];
  });
}

type Rows = readonly (readonly [name: string, value: ReportCell])[];
type PairRow = readonly [name: string, earlier: ReportCell, later: ReportCell];

function pairTable(caption: string, rows: readonly PairRow[]): ReportTable {
  return {
    caption,
    columns: [{ title: "Figure" }, { title: "Earlier run" }, { title: "Later run" }],
    rows,
  };
}

function joinRows(before: Rows, after: Rows): PairRow[] {
  const [earlier, later] = [new Map(before), new Map(after)];
  const names = [...new Set([...earlier.keys(), ...later.keys()])];
  return names.map((name) => [name, earlier.get(name) ?? ABSENT, later.get(name) ?? ABSENT]);
}

function differences(before: Rows, after: Rows): PairRow[] {
  return joinRows(before, after).filter(([, earlier, later]) => cellText(earlier) !== cellText(later));
}

function environmentRows(record: RunRecord): Rows {
  const rows = environmentSection(record).tables?.[0]?.rows ?? [];
  return rows.map(([name = "", value = ""]) => [cellText(name), value] as const);
}

function outageRows({ strategies = [] }: RunRecord): Rows {
  return strategies.map(({ title, outageSeconds }) => [title, formatDuration(outageSeconds)] as const);
}

function faultRows({ faults = [] }: RunRecord): Rows {
  return faults.map(
    ({ name, passed, recoveredAfterSeconds }) =>
      [
        name,
        {
          text: `${passed ? "as expected" : "not as expected"}, well again ${
            recoveredAfterSeconds === null ? "never" : `after ${formatDuration(recoveredAfterSeconds)}`
          }`,
          mark: passed ? "good" : "bad",
        },
      ] as const,
  );
}

/** Steps with the same title are numbered, because a run may flip more than once between the same colors. */
function stepRows({ steps }: RunRecord): Rows {
  const seen = new Map<string, number>();
  return steps.map(({ title, startedAt, endedAt }) => {
    const count = (seen.get(title) ?? 0) + 1;
    seen.set(title, count);
    const name = count === 1 ? title : `${title} (${count})`;
    return [name, formatDuration(secondsBetween(startedAt, endedAt))] as const;
  });
}

const ABSENT = "not in this run";
