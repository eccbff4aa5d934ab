/** Judges a folder of migration scripts: `npm run lint:migrations -- --help`. */

import { statSync } from "node:fs";
import { parseArgs } from "node:util";
import { lintReport, lintScripts, loadParser, reportText } from "../migrations/lint";
import { loadScripts } from "../migrations/script/load-scripts";

const HELP = `Judges migration scripts by what they would do to those who are served meanwhile.

  npm run lint:migrations -- [DIR] [options]

  DIR            the folder of the scripts (default: migrations)
  --from NUMBER  judge the script of this number and those after it; the ones before are read too (default: 1)
  --json         for programs
  --help         this text

docs/lint-rules.md says what is refused and the safe way instead.
Exit status: 0 nothing to refuse, 1 refused, 2 the scripts or the arguments cannot be read.
`;

const MORE = "More: npm run lint:migrations -- --help";

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        from: { type: "string", default: "1" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${MORE}`);
  }
}

/** @returns undefined when the person asked for help. */
function readArguments(args: readonly string[]) {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (positionals.length > 1) {
    throw new Error(`DIR: got ${positionals.length} folders; allowed is one folder of scripts.\n${MORE}`);
  }
  const from = Number(values.from);
  if (!Number.isInteger(from) || from < 1) {
    throw new Error(`--from is "${values.from}"; allowed is the number of a script, 1 or more.`);
  }
  return { directory: positionals[0] ?? "app/migrations", json: values.json, from };
}

async function main(): Promise<number> {
  const options = readArguments(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const { directory, json, from } = options;
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
