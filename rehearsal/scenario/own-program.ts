import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ProgramRehearsal } from "../../contract";
import { loadScripts } from "../../migrations/script/load-scripts";
import type { Simulator } from "../../simulator";
import type { RehearsedProgram } from "./rehearsed-program";
import { simulatedBucket } from "./simulated-bucket";
import { createSurroundings } from "./surroundings";

/** A program with resources of its own, which its `rehearsal.ts` describes. */
export function ownProgram(rehearsal: ProgramRehearsal, programDirectory: string): RehearsedProgram {
  const { versions, migrationsDirectory, objects = {}, settings = {} } = rehearsal;
  const files = Object.entries(objects).map(([url, file]) => {
    const { hostname: bucket, pathname } = new URL(url);
    return { bucket, key: decodeURIComponent(pathname.slice(1)), file: resolve(programDirectory, file) };
  });
  return {
    isOwn: true,
    versions,
    scripts:
      migrationsDirectory === undefined ? [] : loadScripts(join(programDirectory, migrationsDirectory)),
    plan: () => ({
      buckets: [...new Set(files.map(({ bucket }) => bucket))],
      async prepare() {},
      async fill(simulator) {
        for (const { bucket, key, file } of files) await putObject(simulator, bucket, key, file);
        const given =
          typeof settings === "function" ? settings(await createSurroundings(simulator)) : settings;
        return { environment: {}, settings: given };
      },
    }),
  };
}

async function putObject(simulator: Simulator, bucket: string, key: string, file: string): Promise<void> {
  const open = simulatedBucket(simulator, bucket);
  try {
    await open.putOnce(key, readFileSync(file), "application/octet-stream");
  } finally {
    open.close();
  }
}
