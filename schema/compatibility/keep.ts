/** Keeps verdicts in `.changeover/`: a preview pays for one only when scripts or queries have changed. */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { MigrationScript } from "../../lambda/migrate/script";
import { scratchVersion } from "../scratch/postgres";
import type { VersionQueries } from "./queries";
import type { Verdict } from "./verdict";

const kept = z.object({
  breaks: z.array(
    z.object({
      version: z.string(),
      file: z.string(),
      query: z.string(),
      script: z
        .object({ id: z.string(), phase: z.enum(["expand", "contract"]), file: z.string() })
        .optional(),
      problem: z.string(),
    }),
  ),
  unusable: z.string().optional(),
  unknown: z.array(z.string()).optional(),
});

/** Those who judge are part of it: what they would say now may be something else. */
function judges(): Buffer[] {
  return [__dirname, join(__dirname, "..", "scratch")].flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((file) => readFileSync(join(folder, file))),
  );
}

/** Of everything that a verdict depends on. */
export function verdictKey(scripts: readonly MigrationScript[], versions: readonly VersionQueries[]): string {
  const hash = createHash("sha256").update(
    JSON.stringify([scratchVersion(), scripts.map(({ file, sha256 }) => [file, sha256]), versions]),
  );
  for (const source of judges()) hash.update(source);
  return hash.digest("hex");
}

function read(file: string): Verdict | undefined {
  try {
    return kept.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined; // None yet, or no usable one: it is found again.
  }
}

function write(file: string, verdict: Verdict): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, `${JSON.stringify(verdict, undefined, 2)}\n`);
    renameSync(temporary, file);
  } catch {
    rmSync(temporary, { force: true }); // A checkout that cannot be written to pays each time.
  }
}

/** The verdict kept under the key, or the one that `find` gives, which is kept from now on. */
export async function keptVerdict(
  folder: string,
  key: string,
  find: () => Promise<Verdict>,
): Promise<Verdict> {
  const file = join(folder, `${key}.json`);
  const before = read(file);
  if (before) return before;
  const verdict = await find();
  write(file, verdict);
  return verdict;
}
