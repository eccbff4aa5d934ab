import { type Color, otherColor } from "../components/color";
import { compareVersions } from "../lambda/migrate/script";
import {
  type Contracted,
  canServe,
  type LastRelease,
  servingColors,
  versionsInUse,
  type WantedRelease,
} from "./release";

/** What the rules need of a migration script. */
export interface ScriptFacts {
  /** `0002_split_name` */
  readonly id: string;
  readonly number: number;
  readonly phase: "expand" | "contract";
  /** Expand: the version that first needs it. */
  readonly neededBy?: string;
  /** Contract: the old shape is dead once every color that can serve is at or past this version. */
  readonly deadFrom?: string;
  readonly sha256: string;
  /** Many rows that are changed in batches: it may take longer than one invocation has. */
  readonly backfill?: object;
}

/** What a step runs: scripts by id with their SHA-256, and how often the function may be invoked for them. */
interface SchemaStep {
  readonly scripts: Record<string, string>;
  readonly maxInvocations: number;
}

/** What a release does to the database. */
export interface SchemaPlan {
  readonly expand: SchemaStep & { readonly versions: string[] };
  readonly contract?: SchemaStep & Contracted;
  /** How far the database is contracted after this update. */
  readonly contracted?: Contracted;
}

/** Whether users can be moved to the other color at once after an update, and if not, why. */
export interface WayBack {
  readonly open: boolean;
  readonly color: Color;
  /** In words, for the stack's output. */
  readonly reason: string;
  /** The contract scripts that closed it. */
  readonly closedBy: string[];
  /** The contract scripts that would close it, when it is open. */
  readonly wouldBeClosedBy: string[];
}

export function planSchema(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): SchemaPlan {
  const versions = versionsInUse(wanted.versions, compareVersions);
  const newest = versions.at(-1);
  const needed = scripts.filter(
    (script) =>
      script.phase === "expand" &&
      newest !== undefined &&
      script.neededBy !== undefined &&
      compareVersions(script.neededBy, newest) <= 0,
  );
  const contracted = contractedScripts(wanted, last, scripts);
  const through = contracted.at(-1)?.id;
  // Decided once: who serves later does not run the step again.
  const decided =
    through === undefined || through === last?.contracted?.through
      ? last?.contracted
      : { through, serving: servingColors(wanted) };
  return {
    expand: { versions, ...stepOf(needed, wanted) },
    contract:
      decided !== undefined && wanted.contractThrough !== undefined
        ? { ...decided, ...stepOf(contracted, wanted) }
        : undefined,
    contracted: decided,
  };
}

/** The scripts that a version does not survive, as a text, and the oldest version that survives all of them. */
export function brokenBy(
  version: string | undefined,
  scripts: readonly ScriptFacts[],
): { ids: string[]; files: string; oldest?: string } {
  const broken = scripts.filter(
    ({ deadFrom }) =>
      version !== undefined && deadFrom !== undefined && compareVersions(version, deadFrom) < 0,
  );
  const ids = broken.map(({ id }) => id);
  const files = ids.map((id) => `${id}.contract.sql`).join(", ");
  const oldest = broken
    .flatMap(({ deadFrom }) => deadFrom ?? [])
    .sort(compareVersions)
    .at(-1);
  return { ids, files, oldest };
}

/** The way back from the live color to the other one, once this update is done. */
export function wayBack(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): WayBack {
  const color = otherColor(wanted.live);
  const version = wanted.versions[color];
  const closed = (reason: string, closedBy: string[] = []): WayBack => ({
    open: false,
    color,
    reason,
    closedBy,
    wouldBeClosedBy: [],
  });
  if (version === undefined) return closed(`${color} has no version`);
  const contracted = contractedScripts(wanted, last, scripts);
  const { ids: closedBy } = brokenBy(version, contracted);
  if (closedBy.length > 0) {
    return closed(`${color} runs ${version}, which needs what ${closedBy.join(", ")} removed`, closedBy);
  }
  if (!canServe(wanted, color)) return closed(`${color} is off: set idle to warm first`);
  return {
    open: true,
    color,
    reason: `${color} runs ${version} and is warm`,
    closedBy: [],
    wouldBeClosedBy: brokenBy(
      version,
      scripts.filter((script) => script.phase === "contract" && !contracted.includes(script)),
    ).ids,
  };
}

/** Contract scripts that are applied once this update is done: those of before, and those that it asks for. */
export function contractedScripts(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): ScriptFacts[] {
  const numberOf = (id: string | undefined) =>
    scripts.find((script) => script.phase === "contract" && script.id === id)?.number ?? 0;
  const through = Math.max(numberOf(last?.contracted?.through), numberOf(wanted.contractThrough));
  return scripts.filter((script) => script.phase === "contract" && script.number <= through);
}

function stepOf(scripts: readonly ScriptFacts[], { maxMigrationInvocations }: WantedRelease): SchemaStep {
  return {
    scripts: Object.fromEntries(scripts.map(({ id, sha256 }) => [id, sha256])),
    // Whatever else a script does must fit into one.
    maxInvocations: scripts.some(({ backfill }) => backfill) ? maxMigrationInvocations : 1,
  };
}
