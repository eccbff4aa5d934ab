import { type MigrationScript, scriptName } from "../script/script";
import { compareVersions, isIncompatible } from "../script/version";
import { type LedgerRow, sha256, UNFINISHED } from "./ledger";
import { MigrationError } from "./migration-error";

export interface ExpandRequest {
  readonly phase: "expand";
  readonly versions: readonly string[];
}

export interface ServingVersion {
  readonly color: string;
  readonly version: string;
}

export interface ContractRequest {
  readonly phase: "contract";
  /** Id of the last script to run, such as `0002_split_name`. */
  readonly through: string;
  readonly serving: readonly ServingVersion[];
  readonly retiredRoles?: readonly string[];
  /** The application must set application_name to `<appName>:<color>:<version>` on its connections. */
  readonly appName: string;
}

export type MigrationRequest = ExpandRequest | ContractRequest;

/** The scripts of a request in the order of execution, including those that are already applied. */
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
        ? [] // The script was applied by a newer release. An older version can still run on that schema.
        : [
            `${taker.file} has the number of ${scriptName(row)}, which this database has applied. Give it the next free number.`,
          ];
    }
    if (row.applied && script.sha256 !== row.sha256) {
      return [
        `${script.file} was edited after it was applied (SHA-256 ${row.sha256.slice(0, 12)}… then, ` +
          `${script.sha256.slice(0, 12)}… now). Restore it, and write the change as a new script.`,
      ];
    }
    if (row.sqlSha256 === UNFINISHED) return [`${script.file}: ${UNFINISHED_PROBLEM}`];
    if (!row.applied && sha256(script.sql) !== row.sqlSha256) {
      return [
        `${script.file} was edited above its backfill, but that part is applied already. Restore it, ` +
          "and change only the backfill, or write a new script.",
      ];
    }
    return [];
  });
}

export const UNFINISHED_PROBLEM =
  "the script ended the runner's transaction itself, so a part of it may be applied. Compare the database with the " +
  "script, undo that part by hand, remove the statement that ends the transaction, delete the script's row in " +
  "changeover.ledger if there is one, and run again.";

function incompatibleVersions(versions: readonly string[], ledger: readonly LedgerRow[]): string[] {
  return versions.flatMap((version) => {
    const row = ledger.find(
      ({ phase, version: deadFrom }) => phase === "contract" && isIncompatible(version, deadFrom),
    );
    if (row === undefined) return [];
    return [
      `version ${version} is incompatible with this database: ${scriptName(row)} has removed what versions before ` +
        `${row.version} need. Use ${row.version} or newer.`,
    ];
  });
}

function rejectOn(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new MigrationError(
    `Rejected, nothing was changed:\n${problems.map((problem) => `- ${problem}`).join("\n")}`,
  );
}

export function appliedPredicate(ledger: readonly LedgerRow[]): Plan["isApplied"] {
  const names = new Set(ledger.filter(({ applied }) => applied).map(scriptName));
  return (script) => names.has(scriptName(script));
}

/** Plans all expand scripts that at least one of the versions needs. @throws MigrationError with all problems */
export function planExpand(
  { versions }: ExpandRequest,
  scripts: readonly MigrationScript[],
  ledger: readonly LedgerRow[],
): Plan {
  rejectOn([...editedScripts(scripts, ledger), ...incompatibleVersions(versions, ledger)]);
  const wanted = scripts.filter(
    ({ neededBy }) =>
      neededBy !== undefined && versions.some((version) => compareVersions(neededBy, version) <= 0),
  );
  return { wanted, isApplied: appliedPredicate(ledger) };
}

/** Plans all contract scripts up to and including `through`. @throws MigrationError with all problems */
export function planContract(
  { through, serving }: ContractRequest,
  scripts: readonly MigrationScript[],
  ledger: readonly LedgerRow[],
): Plan {
  const contracts = scripts.filter(({ phase }) => phase === "contract");
  const last = contracts.find(({ id }) => id === through);
  if (!last) {
    const known = contracts.map(({ id }) => id).join(", ") || "none";
    throw new MigrationError(`through must be a contract script (${known}), got "${through}".`);
  }
  const isApplied = appliedPredicate(ledger);
  const wanted = contracts.filter(({ number }) => number <= last.number);
  const pending = wanted.filter((script) => !isApplied(script));
  const tooOld = pending.flatMap(({ file, deadFrom = "" }) =>
    serving
      .filter(({ version }) => isIncompatible(version, deadFrom))
      .map(
        ({ color, version }) =>
          `${file} removes what versions before ${deadFrom} need, but ${color} is warm with ${version}. ` +
          `Deploy ${deadFrom} or newer to ${color}, or retire it.`,
      ),
  );
  const newest = Math.max(0, ...pending.map(({ number }) => number));
  const unexpanded = scripts
    .filter((script) => script.phase === "expand" && script.number <= newest && !isApplied(script))
    .map(({ file }) => `${file} is not applied. Run the expand phase first.`);
  rejectOn([...editedScripts(scripts, ledger), ...tooOld, ...unexpanded]);
  return { wanted, isApplied };
}
