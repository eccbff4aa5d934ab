/** Corpus entries as scripts. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type LintFinding, lintScripts } from "../../../../migrations/lint";
import { parseScript } from "../../../../migrations/script/parse-script";
import type { MigrationScript } from "../../../../migrations/script/script";
import type { CorpusEntry } from "./entry";

export const base = parseScript("0001_base.expand.sql", readFileSync(join(__dirname, "base.sql"), "utf8"));

export function entryText({ sql, phase = "expand", locks, alone }: CorpusEntry): string {
  return [
    phase === "expand" ? "-- needed-by: 1.1.0" : "-- dead-from: 1.1.0",
    ...(locks === undefined ? [] : [`-- locks: ${locks}`]),
    ...(alone ? ["-- transaction: none"] : []),
    "",
    `${sql};\n`,
  ].join("\n");
}

/** The base schema, the earlier scripts, and the entry as the last script. */
export function entryScripts(entry: CorpusEntry): MigrationScript[] {
  const earlier = entry.before ?? [];
  const number = (i: number) => String(i + 2).padStart(4, "0");
  const before = earlier.map((text, i) => {
    return parseScript(`${number(i)}_before.expand.sql`, `-- needed-by: 1.1.0\n${text};\n`);
  });
  const file = `${number(earlier.length)}_entry.${entry.phase ?? "expand"}.sql`;
  return [base, ...before, parseScript(file, entryText(entry))];
}

export function lintEntry(entry: CorpusEntry): LintFinding[] {
  const scripts = entryScripts(entry);
  return lintScripts(scripts).filter(({ file }) => file === scripts.at(-1)?.file);
}
