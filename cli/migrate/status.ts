/** Which scripts a database has, from the folder and the ledger. */

import type { LedgerRow } from "../../migrations/runner/ledger";
import { type MigrationScript, scriptName } from "../../migrations/script/script";

export interface ScriptStatus {
  /** `0002_split_name.expand` */
  readonly script: string;
  readonly version: string;
  readonly state: "applied" | "begun" | "not applied" | "edited after it was applied" | "not in this folder";
}

function stateOf(script: MigrationScript, row: LedgerRow | undefined): ScriptStatus["state"] {
  if (!row) return "not applied";
  if (!row.applied) return "begun";
  return row.sha256 === script.sha256 ? "applied" : "edited after it was applied";
}

/** In the folder's order, and then what the ledger has beside it. */
export function statusOf(scripts: readonly MigrationScript[], ledger: readonly LedgerRow[]): ScriptStatus[] {
  const names = scripts.map(scriptName);
  const known = scripts.map((script): ScriptStatus => {
    const row = ledger.find((candidate) => scriptName(candidate) === scriptName(script));
    const version = script.neededBy ?? script.deadFrom ?? "";
    return { script: scriptName(script), version, state: stateOf(script, row) };
  });
  const others = ledger
    .filter((row) => !names.includes(scriptName(row)))
    .map((row): ScriptStatus => {
      return { script: scriptName(row), version: row.version, state: "not in this folder" };
    });
  return [...known, ...others];
}

export function statusText(rows: readonly ScriptStatus[]): string {
  if (rows.length === 0) return "There are no scripts.\n";
  const width = (of: (row: ScriptStatus) => string) => Math.max(...rows.map((row) => of(row).length));
  const [first, second] = [width(({ script }) => script), width(({ version }) => version)];
  return rows
    .map(({ script, version, state }) => `${script.padEnd(first)}  ${version.padEnd(second)}  ${state}\n`)
    .join("");
}
