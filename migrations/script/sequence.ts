import type { MigrationScript } from "./script";
import { forEachScript, ScriptError } from "./script-error";
import { compareVersions } from "./version";

function checkNumber(script: MigrationScript, previous: MigrationScript | undefined): void {
  const last = previous?.number ?? 0;
  if (script.number === last && previous && (script.id !== previous.id || script.phase === previous.phase)) {
    throw new ScriptError(
      script.file,
      1,
      `the number ${script.id.slice(0, 4)} is taken by ${previous.file}. Give this script the next free number.`,
    );
  }
  if (script.number > last + 1) {
    const missing = String(last + 1).padStart(4, "0");
    throw new ScriptError(
      script.file,
      1,
      `numbers must start at 0001 and have no gaps, but script ${missing} is missing. Restore it, or renumber.`,
    );
  }
}

/**
 * Checks that versions ascend with the script numbers. Scripts run by version, so otherwise a script would run before
 * scripts with lower numbers.
 */
function checkVersion(script: MigrationScript, expands: readonly MigrationScript[]): void {
  const before = expands.filter(({ number }) => number < script.number).at(-1);
  if (script.neededBy && before?.neededBy && compareVersions(script.neededBy, before.neededBy) < 0) {
    throw new ScriptError(
      script.file,
      1,
      `needed-by must be ${before.neededBy} or newer, as in ${before.file} before it, got ${script.neededBy}.`,
    );
  }
  const own = expands.find(({ number }) => number === script.number);
  if (script.deadFrom && own?.neededBy && compareVersions(script.deadFrom, own.neededBy) < 0) {
    throw new ScriptError(
      script.file,
      1,
      `dead-from must be at least ${own.neededBy} (needed-by of ${own.file}), got ${script.deadFrom}. ` +
        "An older version does not use the new schema.",
    );
  }
}

/**
 * Sorts scripts by number, with expand before contract, and checks that numbers and versions ascend.
 *
 * @throws ScriptError
 */
export function checkSequence(scripts: readonly MigrationScript[]): MigrationScript[] {
  const order = (script: MigrationScript) => script.number * 2 + (script.phase === "expand" ? 0 : 1);
  const sorted = [...scripts].sort((a, b) => order(a) - order(b) || (a.file < b.file ? -1 : 1));
  const expands = sorted.filter(({ phase }) => phase === "expand");
  return forEachScript(sorted, (script, i) => {
    checkNumber(script, sorted[i - 1]);
    checkVersion(script, expands);
    return script;
  });
}
