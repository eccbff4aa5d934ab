/** A PostgreSQL inside this process, for questions about a schema: nobody else sees it, and nothing of it stays. */

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import type { MigrationScript } from "../../lambda/migrate/script";

const kept = join(__dirname, "..", "..", ".changeover");
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

/** A database's folder as it is before anybody has used it: making one takes ten times as long as reading it. */
function readTemplate(file: string): Blob | undefined {
  try {
    return new Blob([readFileSync(file)]);
  } catch {
    return undefined;
  }
}

async function keepTemplate(file: string, database: PGlite): Promise<void> {
  const content = await (await database.dumpDataDir("none")).arrayBuffer();
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, Buffer.from(content));
    renameSync(temporary, file);
  } catch {
    rmSync(temporary, { force: true }); // A checkout that cannot be written to is only slower.
  }
}

/** An empty database with the extensions that the scripts create. Close it: it holds some 300 MB. */
export async function openScratch(scripts: readonly MigrationScript[]): Promise<PGlite> {
  const { PGlite } = await import("@electric-sql/pglite"); // Its code is large, and hardly ever needed.
  const loaded = await Promise.all(
    extensionNames(scripts).map(async (name) => [name, await loadExtension(name)] as const),
  );
  const extensions = Object.fromEntries(loaded.filter(([, extension]) => extension !== undefined));
  const file = join(kept, `pglite-${scratchVersion()}.tar`);
  const template = readTemplate(file);
  if (template) {
    try {
      return await PGlite.create({ loadDataDir: template, extensions });
    } catch {
      rmSync(file, { force: true }); // Damaged: it is made again.
    }
  }
  const fresh = await PGlite.create();
  try {
    await keepTemplate(file, fresh);
    if (Object.keys(extensions).length === 0) return fresh;
  } catch (error) {
    await fresh.close();
    throw error;
  }
  const made = await fresh.dumpDataDir("none");
  await fresh.close();
  return PGlite.create({ loadDataDir: made, extensions });
}
