/** Entries of the corpus as the scripts that the lint reads. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finding, lintScripts } from "../../../../migrations/lint";
import { type MigrationScript, parseScript } from "../../../../migrations/script/script";
import type { Entry } from "./entry";

export const base = parseScript("0001_base.expand.sql", readFileSync(join(__dirname, "base.sql"), "utf8"));

/** The entry as the text of its file. */
export function entryText({ sql, phase = "expand", locks, alone }: Entry): string {
  return [
    phase === "expand" ? "-- needed-by: 1.1.0" : "-- dead-from: 1.1.0",
    ...(locks === undefined ? [] : [`-- locks: ${locks}`]),
    ...(alone ? ["-- transaction: none"] : []),
    "",
    `${sql};\n`,
  ].join("\n");
}

/** The schema, the scripts before the entry, and the entry as the last one. */
export function entryScripts(entry: Entry): MigrationScript[] {
  const earlier = entry.before ?? [];
  const number = (i: number) => String(i + 2).padStart(4, "0");
  const before = earlier.map((text, i) => {
    return parseScript(`${number(i)}_before.expand.sql`, `-- needed-by: 1.1.0\n${text};\n`);
  });
  const file = `${number(earlier.length)}_entry.${entry.phase ?? "expand"}.sql`;
  return [base, ...before, parseScript(file, entryText(entry))];
}

export function lintEntry(entry: Entry): Finding[] {
  const scripts = entryScripts(entry);
  return lintScripts(scripts).filter(({ file }) => file === scripts.at(-1)?.file);
}
