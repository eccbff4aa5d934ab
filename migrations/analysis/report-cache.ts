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

export function reportKey(scripts: readonly MigrationScript[], versions: readonly VersionQueries[]): string {
  const hash = createHash("sha256").update(
    JSON.stringify([scratchVersion(), scripts.map(({ file, sha256 }) => [file, sha256]), versions]),
  );
  for (const source of analysisSources()) hash.update(source);
  return hash.digest("hex");
}

function read(cache: DiskCache, name: string): AnalysisReport | undefined {
  const content = cache.read(name)?.toString("utf8");
  try {
    return content === undefined ? undefined : reportSchema.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}

/** Returns the cached report. If there is none, or it is damaged, it calls `compute` and caches the result. */
export async function cachedReport(
  cache: DiskCache,
  key: string,
  compute: () => Promise<AnalysisReport>,
): Promise<AnalysisReport> {
  const name = `analysis/${key}.json`;
  const cached = read(cache, name);
  if (cached) return cached;
  const report = await compute();
  cache.write(name, `${JSON.stringify(report, undefined, 2)}\n`);
  return report;
}
