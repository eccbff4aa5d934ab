import type { AppliedContract } from "./last-release";
import type { ReleaseContext } from "./release-context";
import { incompatibleScripts, neededScripts, type ScriptFacts, scriptFile } from "./scripts";

interface MigrationStepPlan {
  /** SHA-256 by script id. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly maxInvocations: number;
}

export interface MigrationPlan {
  readonly expand: MigrationStepPlan & { readonly versions: string[] };
  readonly contract?: MigrationStepPlan & AppliedContract;
  /** The applied contract after this update. */
  readonly contracted?: AppliedContract;
}

export function planMigrations(context: ReleaseContext): MigrationPlan {
  const { wanted, last, scripts, contracted, running } = context;
  // The migration function rejects incompatible versions; a retired color may still name one.
  const compatible = (versions: readonly string[]) =>
    versions.filter((version) => incompatibleScripts(version, contracted).length === 0);
  const versions = compatible(context.versions);
  const isExpanded = `${versions}` === `${compatible(context.versionsBefore)}`;

  const through = contracted.at(-1)?.id;
  const isContracted = through === undefined || through === last?.contracted?.through;
  // Remembered as first applied: a change of the running colors must not invoke the step again.
  const applied = isContracted ? last?.contracted : { through, serving: [...running] };

  return {
    expand: { versions, ...planStep(context, "expand", isExpanded, neededScripts(versions, scripts)) },
    contract:
      applied !== undefined && wanted.contractThrough !== undefined
        ? { ...applied, ...planStep(context, "contract", isContracted, contracted) }
        : undefined,
    contracted: applied,
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
  // A flip must not change the resource.
  else if (isDone && pending.length === 0) maxInvocations = last?.invocations?.[phase] ?? 1;
  return { scripts: Object.fromEntries(scripts.map(({ id, sha256 }) => [id, sha256])), maxInvocations };
}
