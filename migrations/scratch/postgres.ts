/** Scratch databases: PGlite runs PostgreSQL in this process, in memory. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { cache } from "../../build/disk-cache";
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
  // Restoring a cached, empty data directory is ten times as fast as initdb.
  const name = `scratch/pglite-${scratchVersion()}.tar`;
  const template = cache.read(name);
  if (template) {
    try {
      return await PGlite.create({ loadDataDir: new Blob([template]), extensions });
    } catch {
      cache.forget(name); // The cached file is damaged. It is created again below.
    }
  }
  const fresh = await PGlite.create();
  let dataDirectory: Blob;
  try {
    dataDirectory = await fresh.dumpDataDir("none");
    cache.write(name, Buffer.from(await dataDirectory.arrayBuffer()));
    if (Object.keys(extensions).length === 0) return fresh;
  } catch (error) {
    await fresh.close();
    throw error;
  }
  await fresh.close();
  return PGlite.create({ loadDataDir: dataDirectory, extensions });
}
