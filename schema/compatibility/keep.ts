/** Keeps verdicts: a preview pays for one only when scripts or queries have changed. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Keep } from "../../kept";
import type { MigrationScript } from "../../lambda/migrate/script";
import { scratchVersion } from "../scratch/postgres";
import type { VersionQueries } from "./queries";
import type { Verdict } from "./verdict";

const format = z.object({
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

function read(keep: Keep, name: string): Verdict | undefined {
  const text = keep.read(name)?.toString("utf8");
  try {
    return text === undefined ? undefined : format.parse(JSON.parse(text));
  } catch {
    return undefined; // Not a usable one: it is found again.
  }
}

/** The verdict kept under the key, or the one that `find` gives, which is kept from now on. */
export async function keptVerdict(keep: Keep, key: string, find: () => Promise<Verdict>): Promise<Verdict> {
  const name = `compatibility/${key}.json`;
  const before = read(keep, name);
  if (before) return before;
  const verdict = await find();
  keep.write(name, `${JSON.stringify(verdict, undefined, 2)}\n`);
  return verdict;
}
