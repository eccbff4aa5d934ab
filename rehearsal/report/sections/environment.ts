import type { RunRecord } from "../run-record";
import { formatDuration } from "./format";
import type { ReportSection } from "./section";

export function environmentSection(record: RunRecord): ReportSection {
  const { environment, releases, load } = record;
  const { commit, hasLocalChanges } = environment;
  const scales = [
    ["health checks and deregistration", environment.timeScale],
    ["alarms", environment.alarmTimeScale],
  ] as const;
  const rows: [string, string | undefined][] = [
    ["Application", record.application],
    ["Versions", versionsOf(releases).join(", ") || undefined],
    ["Commit", commit && `${commit}${hasLocalChanges ? ", with local changes" : ""}`],
    ["Command", environment.command],
    ["Seed", String(environment.seed)],
    ["Load", `${environment.requestsPerSecond} requests per second`],
    ["Machine", `${environment.cores} cores, ${environment.memoryGib} GiB, ${environment.platform}`],
    ["Processor", environment.cpu],
    ["changeover", environment.changeover],
    ["Node.js", environment.node],
    ["PostgreSQL", environment.postgres],
    ["Engine", environment.engine === "cli" ? "the Pulumi CLI" : "the in-process engine"],
    ["Times", scales.map(([name, scale]) => `${name} ${scaleText(scale)}`).join(", ")],
    [
      "Load generator",
      load && `late by ${formatDuration(load.generator.lagP99Ms / 1000)} (99th percentile), limit 20 ms`,
    ],
    [
      "Processor pressure",
      load?.generator.cpuPressure === undefined || load.generator.cpuPressure === null
        ? undefined
        : `a process waited for a processor during ${Math.round(load.generator.cpuPressure * 100)} % of the run, limit 80 %`,
    ],
  ];
  return {
    id: "environment",
    title: "Environment",
    tables: [
      {
        caption: "Environment",
        columns: [{ title: "Property" }, { title: "Value" }],
        rows: rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      },
    ],
  };
}

function versionsOf(releases: RunRecord["releases"]): string[] {
  return [...new Set(releases.flatMap(({ from, to }) => [from.version, to.version]))];
}

function scaleText(scale: number): string {
  return scale === 1 ? "as on AWS" : `${scale} times as fast as on AWS`;
}
