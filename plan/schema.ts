import { COLORS, type Color, otherColor } from "../components/color";
import { compareVersions } from "../lambda/migrate/script";
import type { Refusal } from "./refusal";
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
}

/** What a release does to the database. */
export interface SchemaPlan {
  readonly expand: { readonly versions: string[]; readonly scripts: Record<string, string> };
  readonly contract?: Contracted & { readonly scripts: Record<string, string> };
  /** How far the database is contracted after this update. */
  readonly contracted?: Contracted;
}

/** Whether users can be moved to the other color after an update, and if not, why. */
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
    expand: { versions, scripts: digests(needed) },
    contract:
      decided !== undefined && wanted.contractThrough !== undefined
        ? { ...decided, scripts: digests(contracted) }
        : undefined,
    contracted: decided,
  };
}

/** What is wrong with a release because of the shape that the database has, or would have. */
export function refuseSchema(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Refusal[] {
  const refusals: Refusal[] = [];
  const contracts = scripts.filter((script) => script.phase === "contract");
  const { contractThrough } = wanted;
  if (contractThrough !== undefined && !contracts.some(({ id }) => id === contractThrough)) {
    refusals.push({
      what: "contractThrough",
      got: contractThrough,
      allowed: `the id of a contract script: ${contracts.map(({ id }) => id).join(", ") || "there is none yet"}`,
      todo: "Name the last script that may run, or remove the setting.",
    });
  }
  const lost = last?.contracted?.through;
  if (lost !== undefined && !contracts.some(({ id }) => id === lost)) {
    refusals.push({
      what: "migrations",
      got: `no ${lost}.contract.sql`,
      allowed: "a folder with every script that is applied, this one among them",
      todo: "Bring the script back; what it removed decides which versions may run.",
    });
  }
  const applied = new Set(contractedScripts({ ...wanted, contractThrough: undefined }, last, scripts));
  for (const script of contractedScripts(wanted, last, scripts)) {
    for (const color of COLORS) {
      const leaving = last?.versions[color];
      if (
        !applied.has(script) &&
        leaving !== undefined &&
        leaving !== wanted.versions[color] &&
        script.deadFrom !== undefined &&
        compareVersions(leaving, script.deadFrom) < 0
      ) {
        refusals.push({
          what: "contractThrough",
          got: contractThrough,
          allowed: `nothing that ${leaving} needs, in the update that replaces it on ${color}: its servers leave at the very end`,
          todo: "Run `pulumi up` without contractThrough first, then with it.",
        });
        continue;
      }
      const version = wanted.versions[color];
      if (version === undefined || script.deadFrom === undefined) continue;
      if (!canServe(wanted, color) || compareVersions(version, script.deadFrom) >= 0) continue;
      if (applied.has(script)) {
        refusals.push({
          what: `${color}Version`,
          got: version,
          allowed: `${script.deadFrom} or later, because ${script.id}.contract.sql is applied and ${version} needs what it removed`,
          todo: `Set ${color}Version to ${script.deadFrom} or later.`,
        });
      } else {
        refusals.push({
          what: "contractThrough",
          got: contractThrough,
          allowed: `a script that no color which can serve still needs: ${color} is at ${version}, and ${script.id}.contract.sql removes what every version before ${script.deadFrom} uses`,
          todo: `Deploy ${script.deadFrom} or later to ${color}, or retire it with idle: off, or remove contractThrough.`,
        });
      }
    }
  }
  return refusals;
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
  const breaks = (script: ScriptFacts) =>
    script.phase === "contract" &&
    script.deadFrom !== undefined &&
    compareVersions(version, script.deadFrom) < 0;
  const contracted = contractedScripts(wanted, last, scripts);
  const closedBy = contracted.filter(breaks).map(({ id }) => id);
  if (closedBy.length > 0) {
    return closed(`${color} runs ${version}, which needs what ${closedBy.join(", ")} removed`, closedBy);
  }
  if (!canServe(wanted, color)) return closed(`${color} is off: set idle to warm first`);
  return {
    open: true,
    color,
    reason: `${color} runs ${version} and is warm`,
    closedBy: [],
    wouldBeClosedBy: scripts
      .filter((script) => breaks(script) && !contracted.includes(script))
      .map(({ id }) => id),
  };
}

/** Contract scripts that are applied once this update is done: those of before, and those that it asks for. */
function contractedScripts(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): ScriptFacts[] {
  const numberOf = (id: string | undefined) =>
    scripts.find((script) => script.phase === "contract" && script.id === id)?.number ?? 0;
  const through = Math.max(numberOf(last?.contracted?.through), numberOf(wanted.contractThrough));
  return scripts.filter((script) => script.phase === "contract" && script.number <= through);
}

function digests(scripts: readonly ScriptFacts[]): Record<string, string> {
  return Object.fromEntries(scripts.map(({ id, sha256 }) => [id, sha256]));
}
