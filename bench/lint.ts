import { lintScripts, loadParser, ruleNames } from "../migrations/lint";
import { parseScript } from "../migrations/script/parse-script";
import { corpus } from "../test/migrations/lint/corpus";
import { base, entryText, lintEntry } from "../test/migrations/lint/corpus/scripts";
import { findSquawk, secondOpinion } from "../test/migrations/lint/second-opinion";

const RUNS = 5;

/**
 * Measures the time that the lint takes for a number of statements. If squawk is installed, the findings for the
 * labelled corpus are compared with squawk's.
 */
export async function benchLint(statements: number) {
  const startedAt = performance.now();
  await loadParser();
  const loadMs = performance.now() - startedAt;
  const { scripts, count } = repeatCorpus(statements);
  const times = Array.from({ length: RUNS }, () => {
    const from = performance.now();
    const used = process.cpuUsage();
    const findings = lintScripts(scripts).length;
    const { user, system } = process.cpuUsage(used);
    return { ms: performance.now() - from, cpuMs: (user + system) / 1_000, findings };
  });
  const sorted = times.map(({ ms }) => ms).sort((a, b) => a - b);
  const round = (ms: number | undefined) => Math.round((ms ?? 0) * 10) / 10;
  return {
    statements: count,
    scripts: scripts.length,
    findings: times[0]?.findings,
    parserLoadMs: round(loadMs),
    firstMs: round(times[0]?.ms),
    firstCpuMs: round(times[0]?.cpuMs),
    medianMs: round(sorted[Math.floor(RUNS / 2)]),
    rules: ruleNames.length,
    corpus: {
      entries: corpus.length,
      safe: corpus.filter(({ rules }) => rules.length === 0).length,
      asLabelled: asLabelled(),
    },
    squawk: await squawkFigures(),
  };
}

/** Repeats the corpus until it has enough statements. Each entry becomes a separate script. */
function repeatCorpus(statements: number) {
  const scripts = [base];
  let count = base.statements.length;
  for (let i = 0; count < statements; i++) {
    const entry = corpus[i % corpus.length];
    if (!entry) break;
    // A file name has four digits, and the bench more scripts.
    const script = parseScript(`0002_entry.${entry.phase ?? "expand"}.sql`, entryText(entry));
    scripts.push({ ...script, number: i + 2, file: `${i + 2}_entry.${script.phase}.sql` });
    count += script.statements.length + (script.backfill ? 1 : 0);
  }
  return { scripts, count };
}

function asLabelled(): number {
  return corpus.filter((entry) => {
    const found = [...new Set(lintEntry(entry).map(({ rule }) => rule))].sort();
    return `${found}` === `${[...entry.rules].sort()}`;
  }).length;
}

async function squawkFigures() {
  const command = findSquawk();
  if (command === undefined) return { installed: false };
  const opinions = await secondOpinion(command);
  const unsafe = opinions.filter(({ entry }) => entry.rules.length > 0);
  const safe = opinions.filter(({ entry }) => entry.rules.length === 0);
  return {
    installed: true,
    unsafeAndSilent: unsafe.filter(({ squawk }) => squawk.length === 0).length,
    safeAndFoundFault: safe.filter(({ squawk }) => squawk.length > 0).length,
    reports: opinions.map(({ entry: { sql, rules, why }, squawk }) => ({ sql, rules, why, squawk })),
  };
}
