/** Which scripts run: pure decisions on scripts, ledger and versions. */

import { type MigrationScript, scriptName } from "../script/script";
import { compareVersions } from "../script/version";
import { type LedgerRow, sha256 } from "./ledger";
import { MigrationError } from "./migration-error";

export interface ExpandRequest {
  readonly phase: "expand";
  /** All versions that a color names. */
  readonly versions: readonly string[];
}

export interface ColorVersion {
  readonly color: string;
  readonly version: string;
}

export interface ContractRequest {
  readonly phase: "contract";
  /** Id of the last script that may run, such as `0002_split_name`. */
  readonly through: string;
  /** Every color that can serve. */
  readonly serving: readonly ColorVersion[];
  /** First part of the application_name of the application's connections: `<appName>:<color>:<version>`. */
  readonly appName: string;
}

export type MigrationRequest = ExpandRequest | ContractRequest;

/** Scripts of the phase that belong to the request, in order; some may be applied already. */
export interface Plan {
  readonly wanted: readonly MigrationScript[];
  readonly isApplied: (script: MigrationScript) => boolean;
}

function editedScripts(scripts: readonly MigrationScript[], ledger: readonly LedgerRow[]): string[] {
  return ledger.flatMap((row) => {
    const script = scripts.find(({ id, phase }) => id === row.id && phase === row.phase);
    if (!script) {
      const taker = scripts.find(({ id }) => id !== row.id && id.slice(0, 4) === row.id.slice(0, 4));
      return taker === undefined
        ? [] // Applied by newer code than this: harmless, an older version may still run on it.
        : [
            `${taker.file} has the number of ${scriptName(row)}, which this database has: give it the next free number.`,
          ];
    }
    if (row.applied && script.sha256 !== row.sha256) {
      return [
        `${script.file} was edited after it was applied (SHA-256 ${row.sha256.slice(0, 12)}… then, ` +
          `${script.sha256.slice(0, 12)}… now): restore it, and write the change as a new script.`,
      ];
    }
    if (!row.applied && sha256(script.sql) !== row.sqlSha256) {
      return [
        `${script.file} was edited before its backfill, but that part is applied already: restore it, ` +
          "and change only the backfill, or write a new script.",
      ];
    }
    return [];
  });
}

/** Every version must find the shape that it needs: none may be older than a contract that is applied. */
function versionsWithoutSchema(versions: readonly string[], ledger: readonly LedgerRow[]): string[] {
  return versions.flatMap((version) => {
    const row = ledger.find(({ phase, version: deadFrom }) => {
      return phase === "contract" && compareVersions(version, deadFrom) < 0;
    });
    if (row === undefined) return [];
    return [
      `version ${version} cannot run on this database: ${scriptName(row)} has removed what versions before ` +
        `${row.version} need. Use ${row.version} or a newer one; there is no way back.`,
    ];
  });
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new MigrationError(
    `Refused, nothing was changed:\n${problems.map((problem) => `- ${problem}`).join("\n")}`,
  );
}

function appliedTest(ledger: readonly LedgerRow[]): Plan["isApplied"] {
  const names = new Set(ledger.filter(({ applied }) => applied).map(scriptName));
  return (script) => names.has(scriptName(script));
}

/** Every expand script that one of the versions needs. @throws MigrationError with every reason against it */
export function planExpand(
  { versions }: ExpandRequest,
  scripts: readonly MigrationScript[],
  ledger: readonly LedgerRow[],
): Plan {
  refuse([...editedScripts(scripts, ledger), ...versionsWithoutSchema(versions, ledger)]);
  const wanted = scripts.filter(
    ({ neededBy }) =>
      neededBy !== undefined && versions.some((version) => compareVersions(neededBy, version) <= 0),
  );
  return { wanted, isApplied: appliedTest(ledger) };
}

/** Every contract script up to the one asked for. @throws MigrationError with every reason against it */
export function planContract(
  { through, serving }: ContractRequest,
  scripts: readonly MigrationScript[],
  ledger: readonly LedgerRow[],
): Plan {
  const contracts = scripts.filter(({ phase }) => phase === "contract");
  const last = contracts.find(({ id }) => id === through);
  if (!last) {
    const known = contracts.map(({ id }) => id).join(", ") || "none";
    throw new MigrationError(`There is no contract script "${through}"; there are: ${known}.`);
  }
  const isApplied = appliedTest(ledger);
  const wanted = contracts.filter(({ number }) => number <= last.number);
  const pending = wanted.filter((script) => !isApplied(script));
  const tooOld = pending.flatMap(({ file, deadFrom = "" }) =>
    serving
      .filter(({ version }) => compareVersions(version, deadFrom) < 0)
      .map(
        ({ color, version }) =>
          `${file} removes what versions before ${deadFrom} need, and ${color} can still serve ${version}: ` +
          `deploy ${deadFrom} or newer to ${color}, or retire it.`,
      ),
  );
  const newest = Math.max(0, ...pending.map(({ number }) => number));
  const unexpanded = scripts
    .filter((script) => script.phase === "expand" && script.number <= newest && !isApplied(script))
    .map(({ file }) => `${file} is not applied: run the expand phase first.`);
  refuse([...editedScripts(scripts, ledger), ...tooOld, ...unexpanded]);
  return { wanted, isApplied };
}
