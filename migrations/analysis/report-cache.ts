/** Keeps verdicts: a preview pays for one only when scripts or queries have changed. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { DiskCache } from "../../build/disk-cache";
import type { VersionQueries } from "../compatibility/queries";
import { scratchVersion } from "../scratch/postgres";
import type { MigrationScript } from "../script/script";
import type { Verdict } from "./report";

const text = z.string();

const format = z.object({
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
      feels: text,
      safeWay: text,
      suppressed: z.object({ reason: text }).optional(),
    }),
  ),
  unusable: text.optional(),
  unknown: z.array(text).optional(),
});

/** The migrations library: its sources are part of the key. */
const ROOM = join(__dirname, "..");

/** Those who judge are part of it: what they would say now may be something else. */
function judges(): Buffer[] {
  return readdirSync(ROOM, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.[jt]s$/.test(file))
    .sort()
    .map((file) => readFileSync(join(ROOM, file)));
}

/** Of everything that a verdict depends on. */
export function verdictKey(scripts: readonly MigrationScript[], versions: readonly VersionQueries[]): string {
  const hash = createHash("sha256").update(
    JSON.stringify([scratchVersion(), scripts.map(({ file, sha256 }) => [file, sha256]), versions]),
  );
  for (const source of judges()) hash.update(source);
  return hash.digest("hex");
}

function read(cache: DiskCache, name: string): Verdict | undefined {
  const content = cache.read(name)?.toString("utf8");
  try {
    return content === undefined ? undefined : format.parse(JSON.parse(content));
  } catch {
    return undefined; // Not a usable one: it is found again.
  }
}

/** The verdict kept under the key, or the one that `find` gives, which is kept from now on. */
export async function keptVerdict(
  cache: DiskCache,
  key: string,
  find: () => Promise<Verdict>,
): Promise<Verdict> {
  const name = `verdicts/${key}.json`;
  const before = read(cache, name);
  if (before) return before;
  const verdict = await find();
  cache.write(name, `${JSON.stringify(verdict, undefined, 2)}\n`);
  return verdict;
}
