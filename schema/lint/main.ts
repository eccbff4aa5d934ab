/**
 * Judges a folder of migration scripts: `npm run lint:migrations -- [DIR] [--from NUMBER] [--json]`.
 * Exit status: 0 nothing to refuse, 1 refused, 2 the scripts or the arguments cannot be read.
 */

import { statSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadScripts } from "../../lambda/migrate/script";
import { lintReport, lintScripts, loadParser, reportText } from ".";

function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, from: { type: "string", default: "1" } },
  });
  if (positionals.length > 1)
    throw new Error(`one folder of scripts, not ${positionals.length}: DIR [--from NUMBER] [--json]`);
  const from = Number(values.from);
  if (!Number.isInteger(from) || from < 1) {
    throw new Error(`--from is "${values.from}"; allowed is the number of a script, 1 or more.`);
  }
  return { directory: positionals[0] ?? "migrations", json: values.json, from };
}

async function main(): Promise<number> {
  const { directory, json, from } = readArguments(process.argv.slice(2));
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`${directory} is no folder: name the folder of the migration scripts.`);
  }
  const scripts = loadScripts(directory);
  await loadParser();
  const report = lintReport(scripts.length, lintScripts(scripts, { from }));
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  return report.errors > 0 ? 1 : 0;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
