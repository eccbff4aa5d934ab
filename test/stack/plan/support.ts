import type { ValidationIssue } from "../../../components/validation/validation-issue";
import type { AnalysisReport } from "../../../migrations/analysis/report";
import type { LastRelease } from "../../../stack/plan/last-release";
import { planRelease, type ReleasePlan } from "../../../stack/plan/plan-release";
import { type ReleaseInput, releaseContext } from "../../../stack/plan/release-context";
import type { ScriptFacts } from "../../../stack/plan/scripts";
import type { WantedRelease } from "../../../stack/plan/wanted-release";
import { issuesOf } from "../issues";

function script(number: number, phase: ScriptFacts["phase"], version: string): ScriptFacts {
  const id = `000${number}_change`;
  const header = phase === "expand" ? { neededBy: version } : { deadFrom: version };
  return { id, number, phase, ...header, sha256: `${id}.${phase}` };
}

/** A base and one change for each of the versions 1.1.0, 1.2.0 and 1.3.0. */
export const SCRIPTS: readonly ScriptFacts[] = [
  script(1, "expand", "1.0.0"),
  script(2, "expand", "1.1.0"),
  script(2, "contract", "1.1.0"),
  script(3, "expand", "1.2.0"),
  script(3, "contract", "1.2.0"),
  script(4, "expand", "1.3.0"),
  script(4, "contract", "1.3.0"),
];

export const NO_FINDINGS: AnalysisReport = { breaks: [], findings: [] };

export const VERSIONS = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"] as const;

/** Blue is live; green has the next version and no traffic. */
export const WANTED: WantedRelease = {
  live: "blue",
  versions: { blue: "1.0.0", green: "1.1.0" },
  canaryPercent: 0,
  idle: "warm",
  maxMigrationInvocations: 4,
};

/** The memory of an update to {@link WANTED}. */
export const LAST: LastRelease = {
  live: "blue",
  versions: WANTED.versions,
  weights: { blue: 100, green: 0 },
};

/** @param last changes of {@link LAST}; null for the first update */
export function planUpdate(
  wanted: Partial<WantedRelease>,
  last: Partial<LastRelease> | null = {},
  input: Partial<ReleaseInput> = {},
): ReleasePlan {
  return planRelease(
    releaseContext({
      wanted: { ...WANTED, ...wanted },
      last: last === null ? undefined : { ...LAST, ...last },
      scripts: SCRIPTS,
      report: NO_FINDINGS,
      request: {},
      settings: {},
      defaults: {},
      ...input,
    }),
  );
}

export function updateIssues(...update: Parameters<typeof planUpdate>): readonly ValidationIssue[] {
  return issuesOf(() => planUpdate(...update));
}
