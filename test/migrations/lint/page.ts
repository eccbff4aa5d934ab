/** docs/lint-rules.md as data: each rule with its bad and its good form. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseScript } from "../../../migrations/script/parse-script";
import type { MigrationScript } from "../../../migrations/script/script";

const page = readFileSync(join(__dirname, "../../../docs/lint-rules.md"), "utf8");

/** Scripts of a block, each below its name; the page omits the version lines. */
export function scriptsOf(block: string): MigrationScript[] {
  const parts = block.split(/^-- (\d{4}_\w+\.(?:expand|contract)\.sql)\n/m).slice(1);
  return parts.flatMap((file, i) => {
    if (i % 2 === 1) return [];
    const header = file.startsWith("0001")
      ? "-- needed-by: 1.0.0"
      : file.endsWith("expand.sql")
        ? "-- needed-by: 1.1.0"
        : "-- dead-from: 1.1.0";
    return [parseScript(file, `${header}\n${parts[i + 1]}`)];
  });
}

const sqlBlock = /```sql\n([\s\S]*?)```/;
/** Schema of the examples. */
export const base = scriptsOf(sqlBlock.exec(page)?.[1] ?? "");
export const sections = page
  .split(/^### /m)
  .slice(1)
  .map((section) => ({
    rule: section.slice(0, section.indexOf("\n")),
    bad: /\nBad:\n\n```sql\n([\s\S]*?)```/.exec(section)?.[1] ?? "",
    good: /\nGood:\n\n```sql\n([\s\S]*?)```/.exec(section)?.[1] ?? "",
  }));
