import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { SourceVersion } from "../contract";
import { bundleTier } from "./bundle-tier";

const versionModule = z.object({ queries: z.record(z.string(), z.object({ sql: z.string() })) });

/**
 * The versions of `app/versions`, one file each.
 * @throws Error when a file lists no queries
 */
export function readSourceVersions(): SourceVersion[] {
  const folder = join(__dirname, "versions");
  return readdirSync(folder)
    .flatMap((name) => /^(\d+\.\d+\.\d+)\.ts$/.exec(name)?.[1] ?? [])
    .map((version) => ({
      version,
      file: `app/versions/${version}.ts`,
      queries: queriesOf(version, require(join(folder, version))),
      build: (tier) => bundleTier(tier, version),
    }));
}

function queriesOf(version: string, exported: unknown): Record<string, string> {
  const read = versionModule.safeParse(exported);
  if (!read.success)
    throw new Error(`app/versions/${version}.ts must export \`queries\` as { name: { sql } }.`);
  return Object.fromEntries(Object.entries(read.data.queries).map(([name, { sql }]) => [name, sql]));
}
