import { type Color, otherColor } from "../../components/fleet/color";
import {
  type Contracted,
  canServe,
  type LastRelease,
  servingColors,
  versionsInUse,
  type WantedRelease,
} from "./release-context";
import {
  appliedBefore,
  brokenBy,
  contractedScripts,
  fileOf,
  neededScripts,
  type ScriptFacts,
} from "./scripts";

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
  const contracted = contractedScripts(wanted, last, scripts);
  // The function refuses a version that the database can serve no more; a retired color may name one for long.
  const servable = (named: WantedRelease["versions"]) =>
    versionsInUse(named).filter((each) => brokenBy(each, contracted).ids.length === 0);
  const versions = servable(wanted.versions);
  const through = contracted.at(-1)?.id;
  // Decided once: who serves later does not run the step again.
  const isContracted = through === undefined || through === last?.contracted?.through;
  const decided = isContracted ? last?.contracted : { through, serving: servingColors(wanted) };

  const before = appliedBefore(wanted, last, scripts);
  const isExpanded = `${versions}` === `${servable(last?.versions ?? {})}`;
  const stepOf = (phase: "expand" | "contract", isDone: boolean, ofStep: readonly ScriptFacts[]) => {
    const pending = ofStep.filter((script) => !before.has(fileOf(script)));
    let maxInvocations = 1; // Whatever is no backfill must fit into one.
    if (pending.some(({ backfill }) => backfill)) maxInvocations = wanted.maxMigrationInvocations;
    // A switch changes no step.
    else if (isDone && pending.length === 0) maxInvocations = last?.invocations?.[phase] ?? 1;
    return { scripts: Object.fromEntries(ofStep.map(({ id, sha256 }) => [id, sha256])), maxInvocations };
  };
  return {
    expand: { versions, ...stepOf("expand", isExpanded, neededScripts(versions, scripts)) },
    contract:
      decided !== undefined && wanted.contractThrough !== undefined
        ? { ...decided, ...stepOf("contract", isContracted, contracted) }
        : undefined,
    contracted: decided,
  };
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
