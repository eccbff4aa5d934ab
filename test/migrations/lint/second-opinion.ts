/** Findings of squawk on the corpus. It is not a dependency: used when it is installed. */

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type CorpusEntry, corpus } from "./corpus";

/** Its style rules, and rules that this project has decided otherwise. */
const EXCLUDED_RULES = [
  "prefer-bigint-over-int",
  "prefer-bigint-over-smallint",
  "prefer-identity",
  "prefer-robust-stmts",
  "prefer-text-field",
  "prefer-timestamp-tz",
  "ban-char-field",
  "require-table-schema",
  "identifier-too-long",
  "require-timeout-settings", // Set by the runner.
  "require-lock-timeout",
  "require-statement-timeout",
  "require-enum-value-ordering",
];

export interface Opinion {
  readonly entry: CorpusEntry;
  /** Broken rules. */
  readonly squawk: readonly string[];
}

export function findSquawk(): string | undefined {
  try {
    return join(dirname(require.resolve("squawk-cli/package.json")), "js/bin/squawk");
  } catch {
    return undefined;
  }
}

interface Violation {
  readonly file: string;
  readonly rule_name: string;
}

async function run(command: string, files: readonly string[], inTransaction: boolean): Promise<Violation[]> {
  const options = ["--reporter", "json", "--pg-version", "18.0", "--exclude", EXCLUDED_RULES.join(",")];
  const args = [command, ...options, ...(inTransaction ? ["--assume-in-transaction"] : []), ...files];
  const limits = { timeout: 30_000, maxBuffer: 64 * 1024 * 1024 };
  // Exit status 1 means findings.
  const { stdout } = await promisify(execFile)(process.execPath, args, limits).catch((error: unknown) => {
    if (error instanceof Error && "stdout" in error && error.stdout !== "")
      return { stdout: String(error.stdout) };
    throw error;
  });
  return JSON.parse(stdout) as Violation[];
}

export async function secondOpinion(command: string): Promise<Opinion[]> {
  const directory = await mkdtemp(join(tmpdir(), "second-opinion-"));
  try {
    const files = corpus.map((_, i) => join(directory, `${String(i).padStart(4, "0")}.sql`));
    await Promise.all(corpus.map(({ sql }, i) => writeFile(files[i] ?? "", `${sql};\n`)));
    const alone = files.filter((_, i) => corpus[i]?.alone);
    const others = files.filter((_, i) => !corpus[i]?.alone);
    const violations = (await Promise.all([run(command, alone, false), run(command, others, true)])).flat();
    return corpus.map((entry, i) => ({
      entry,
      squawk: [
        ...new Set(violations.filter(({ file }) => file === files[i]).map(({ rule_name }) => rule_name)),
      ].sort(),
    }));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
