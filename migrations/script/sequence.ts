/** What a folder of scripts must be as a whole. */

import type { MigrationScript } from "./script";
import { ScriptError } from "./script-error";
import { compareVersions } from "./version";

function checkNumber(script: MigrationScript, previous: MigrationScript | undefined): void {
  const last = previous?.number ?? 0;
  if (script.number === last && previous && (script.id !== previous.id || script.phase === previous.phase)) {
    throw new ScriptError(
      script.file,
      1,
      `the number ${script.id.slice(0, 4)} is taken by ${previous.file}: give this script the next free number.`,
    );
  }
  if (script.number > last + 1) {
    const missing = String(last + 1).padStart(4, "0");
    throw new ScriptError(
      script.file,
      1,
      `there is no script ${missing}: numbers start at 0001 and have no gaps, so that a lost file is noticed.`,
    );
  }
}

/** A version runs with all scripts that it needs; a later script of an older version would run before earlier ones. */
function checkVersion(script: MigrationScript, expands: readonly MigrationScript[]): void {
  const before = expands.filter(({ number }) => number < script.number).at(-1);
  if (script.neededBy && before?.neededBy && compareVersions(script.neededBy, before.neededBy) < 0) {
    throw new ScriptError(
      script.file,
      1,
      `needed-by ${script.neededBy} comes after ${before.file}, which is needed by ${before.neededBy}: ` +
        "scripts must not be needed by older versions than the scripts before them.",
    );
  }
  const own = expands.find(({ number }) => number === script.number);
  if (script.deadFrom && own?.neededBy && compareVersions(script.deadFrom, own.neededBy) < 0) {
    throw new ScriptError(
      script.file,
      1,
      `dead-from ${script.deadFrom} is older than needed-by ${own.neededBy} of ${own.file}: ` +
        "no version before that one knows the new shape.",
    );
  }
}

/** Gives the scripts in their order: by number, expand before contract. @throws ScriptError */
export function checkSequence(scripts: readonly MigrationScript[]): MigrationScript[] {
  const order = (script: MigrationScript) => script.number * 2 + (script.phase === "expand" ? 0 : 1);
  const sorted = [...scripts].sort((a, b) => order(a) - order(b) || (a.file < b.file ? -1 : 1));
  const expands = sorted.filter(({ phase }) => phase === "expand");
  for (const [i, script] of sorted.entries()) {
    checkNumber(script, sorted[i - 1]);
    checkVersion(script, expands);
  }
  return sorted;
}
