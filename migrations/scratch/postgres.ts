/** A PostgreSQL inside this process, for questions about a schema: nobody else sees it, and nothing of it stays. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { cache } from "../../build/disk-cache";
import type { MigrationScript } from "../script/script";

/** Has no extension of its own to load: it is part of every database. */
const builtIn = "plpgsql";

/** The release of PGlite; what it found out with another one may not hold. */
export function scratchVersion(): string {
  const main = require.resolve("@electric-sql/pglite");
  return JSON.parse(readFileSync(join(dirname(main), "..", "package.json"), "utf8")).version;
}

/** The extensions that scripts ask for. */
function extensionNames(scripts: readonly MigrationScript[]): string[] {
  const pattern = /\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)/gi;
  const names = scripts.flatMap(({ sql }) => [...sql.matchAll(pattern)].flatMap(([, name]) => name ?? []));
  return [...new Set(names)].filter((name) => name !== builtIn);
}

async function loadExtension(name: string) {
  const file = name.replaceAll("-", "_");
  try {
    return (await import(`@electric-sql/pglite/contrib/${file}`))[file];
  } catch {
    return undefined; // CREATE EXTENSION then says that there is none, with file and line.
  }
}

/** An empty database with the extensions that the scripts create. Close it: it holds some 300 MB. */
export async function openScratch(scripts: readonly MigrationScript[]): Promise<PGlite> {
  const { PGlite } = await import("@electric-sql/pglite"); // Its code is large, and hardly ever needed.
  const loaded = await Promise.all(
    extensionNames(scripts).map(async (name) => [name, await loadExtension(name)] as const),
  );
  const extensions = Object.fromEntries(loaded.filter(([, extension]) => extension !== undefined));
  // Its folder, as it is before anybody has used it: making one takes ten times as long as reading it.
  const name = `scratch/pglite-${scratchVersion()}.tar`;
  const template = cache.read(name);
  if (template) {
    try {
      return await PGlite.create({ loadDataDir: new Blob([template]), extensions });
    } catch {
      cache.forget(name); // Damaged: it is made again.
    }
  }
  const fresh = await PGlite.create();
  let made: Blob;
  try {
    made = await fresh.dumpDataDir("none");
    cache.write(name, Buffer.from(await made.arrayBuffer()));
    if (Object.keys(extensions).length === 0) return fresh;
  } catch (error) {
    await fresh.close();
    throw error;
  }
  await fresh.close();
  return PGlite.create({ loadDataDir: made, extensions });
}
