/** Scratch databases: PGlite runs PostgreSQL in this process, in memory. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import type { MigrationScript } from "../script/script";

/** Extension that every database already has. */
const BUILT_IN_EXTENSION = "plpgsql";

/** Version of PGlite. It is part of cache keys, because results depend on it. */
export function scratchVersion(): string {
  const main = require.resolve("@electric-sql/pglite");
  return JSON.parse(readFileSync(join(dirname(main), "..", "package.json"), "utf8")).version;
}

function extensionNames(scripts: readonly MigrationScript[]): string[] {
  const pattern = /\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)/gi;
  const names = scripts.flatMap(({ sql }) => [...sql.matchAll(pattern)].flatMap(([, name]) => name ?? []));
  return [...new Set(names)].filter((name) => name !== BUILT_IN_EXTENSION);
}

async function loadExtension(name: string) {
  const file = name.replaceAll("-", "_");
  try {
    return (await import(`@electric-sql/pglite/contrib/${file}`))[file];
  } catch {
    return undefined; // The script's CREATE EXTENSION will fail and report file and line.
  }
}

/**
 * Opens an empty database with the extensions that the scripts create. It uses about 300 MB of memory until it is
 * closed.
 */
export async function openScratch(scripts: readonly MigrationScript[]): Promise<PGlite> {
  const { PGlite } = await import("@electric-sql/pglite"); // Large and rarely needed.
  const loaded = await Promise.all(
    extensionNames(scripts).map(async (name) => [name, await loadExtension(name)] as const),
  );
  const extensions = Object.fromEntries(loaded.filter(([, extension]) => extension !== undefined));
  try {
    // Creating a database with initdb takes many times as long. It is needed if the files are of another PostgreSQL.
    const { dataDir } = await import("@electric-sql/pglite-prepopulatedfs");
    return await PGlite.create({ loadDataDir: await dataDir(), extensions });
  } catch {
    return PGlite.create({ extensions });
  }
}
