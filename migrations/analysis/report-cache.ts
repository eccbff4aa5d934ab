import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { DiskCache } from "../../build/disk-cache";
import type { VersionQueries } from "../compatibility/queries";
import { scratchVersion } from "../scratch/postgres";
import type { MigrationScript } from "../script/script";
import type { AnalysisReport } from "./report";

const text = z.string();

const reportSchema = z.object({
  breaks: z.array(
    z.object({
      version: text,
      file: text,
      query: text,
      script: z.object({ id: text, phase: z.enum(["expand", "contract"]), file: text }).optional(),
      problem: text,
    }),
  ),
  findings: z.array(
    z.object({
      rule: text,
      severity: z.enum(["error", "warning"]),
      file: text,
      line: z.int(),
      statement: text,
      impact: text,
      remediation: text,
      suppressed: z.object({ reason: text }).optional(),
    }),
  ),
  unusable: text.optional(),
  unknown: z.array(text).optional(),
});

const migrationsRoom = join(__dirname, "..");

/** Source files of the analysis. They are part of the cache key, because another revision can give another report. */
function analysisSources(): Buffer[] {
  return readdirSync(migrationsRoom, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.[jt]s$/.test(file))
    .sort()
    .map((file) => readFileSync(join(migrationsRoom, file)));
}

/**
 * Returns the name of the entry for each version; for no version, one name for the scripts alone. The file that lists a
 * version's queries does not matter.
 */
function entryNames(scripts: readonly MigrationScript[], versions: readonly VersionQueries[]): string[] {
  const common = createHash("sha256").update(
    JSON.stringify([scratchVersion(), scripts.map(({ file, sha256 }) => [file, sha256])]),
  );
  for (const source of analysisSources()) common.update(source);
  const units = versions.length === 0 ? [undefined] : versions;
  return units.map((unit) => {
    const hash = common.copy().update(JSON.stringify(unit ? [unit.version, unit.queries] : []));
    return `analysis/${hash.digest("hex")}.json`;
  });
}

function read(cache: DiskCache, name: string): AnalysisReport | undefined {
  const content = cache.read(name)?.toString("utf8");
  try {
    return content === undefined ? undefined : reportSchema.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}

/** Names the present file of the version's queries in the report. */
function withFile(report: AnalysisReport | undefined, version: VersionQueries | undefined) {
  if (!report || !version) return report;
  return { ...report, breaks: report.breaks.map((each) => ({ ...each, file: version.file })) };
}

function combine(reports: readonly AnalysisReport[]): AnalysisReport {
  const unusable = reports.find((report) => report.unusable !== undefined)?.unusable;
  const unknown = [...new Set(reports.flatMap((report) => report.unknown ?? []))];
  return {
    breaks: reports.flatMap(({ breaks }) => breaks),
    findings: reports[0]?.findings ?? [],
    ...(unusable === undefined ? {} : { unusable }),
    ...(unknown.length === 0 ? {} : { unknown }),
  };
}

/**
 * Returns the report of all versions. The cache has one entry for each version, because each update names other
 * versions.
 *
 * @param compute analyzes the versions without a readable entry, all in one call
 */
export async function cachedReport(
  cache: DiskCache,
  scripts: readonly MigrationScript[],
  versions: readonly VersionQueries[],
  compute: (missing: readonly VersionQueries[]) => Promise<AnalysisReport>,
): Promise<AnalysisReport> {
  const entries = entryNames(scripts, versions).map((name, index) => {
    const version = versions[index];
    return { name, version, report: withFile(read(cache, name), version) };
  });
  const missing = entries.filter(({ report }) => report === undefined);
  if (missing.length === 0) return combine(entries.flatMap(({ report }) => report ?? []));

  const computed = await compute(missing.flatMap(({ version }) => version ?? []));
  const reports = entries.map(({ name, version, report }) => {
    if (report) return report;
    const breaks = computed.breaks.filter((each) => each.version === version?.version);
    const part = { ...computed, breaks };
    cache.write(name, `${JSON.stringify(part, undefined, 2)}\n`);
    return part;
  });
  return combine(reports);
}
