import type { AppliedContract } from "./last-release";
import type { LoginPlan } from "./plan-logins";
import type { ReleaseContext } from "./release-context";
import { incompatibleScripts, neededScripts, type ScriptFacts, scriptFile } from "./scripts";

interface MigrationStepPlan {
  /** SHA-256 of each script by its id. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly maxInvocations: number;
}

export interface MigrationPlan {
  readonly expand: MigrationStepPlan & { readonly versions: string[] };
  readonly contract?: MigrationStepPlan & AppliedContract;
  /** All contract migrations that are applied once this update is complete, including those of earlier updates. */
  readonly contracted?: AppliedContract;
  /** Files of the scripts that are not applied after this update. */
  readonly pending: readonly string[];
}

export function planMigrations(context: ReleaseContext, logins: LoginPlan): MigrationPlan {
  const { wanted, last, scripts, contracted, running } = context;
  // The migration function rejects incompatible versions. A retired color may still have one, so they are left out.
  const compatible = (versions: readonly string[]) =>
    versions.filter((version) => incompatibleScripts(version, contracted).length === 0);
  const versions = compatible(context.versions);
  const isExpanded = `${versions}` === `${compatible(context.versionsBefore)}`;

  const through = contracted.at(-1)?.id;
  const isContracted = through === undefined || through === last?.contracted?.through;
  // An applied contract step keeps its first inputs: a change of the running colors must not invoke it again.
  const applied = isContracted
    ? last?.contracted
    : { through, serving: [...running], retiredLogins: [...logins.retired] };

  return {
    expand: { versions, ...planStep(context, "expand", isExpanded, neededScripts(versions, scripts)) },
    contract:
      applied !== undefined && wanted.contractThrough !== undefined
        ? { ...applied, ...planStep(context, "contract", isContracted, contracted) }
        : undefined,
    contracted: applied,
    pending: scripts
      .filter((script) => context.appliedAfter[scriptFile(script)] !== script.sha256)
      .map(scriptFile),
  };
}

function planStep(
  { wanted, last, appliedBefore }: ReleaseContext,
  phase: "expand" | "contract",
  isDone: boolean,
  scripts: readonly ScriptFacts[],
): MigrationStepPlan {
  const pending = scripts.filter((script) => !appliedBefore.has(scriptFile(script)));
  let maxInvocations = 1;
  if (pending.some(({ backfill }) => backfill)) maxInvocations = wanted.maxMigrationInvocations;
  // The number stays the same without pending scripts, so that a flip does not change the resources.
  else if (isDone && pending.length === 0) maxInvocations = last?.invocations?.[phase] ?? 1;
  return { scripts: Object.fromEntries(scripts.map(({ id, sha256 }) => [id, sha256])), maxInvocations };
}
