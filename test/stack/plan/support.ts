import type { AnalysisReport } from "../../../migrations/analysis/report";
import type { ScriptFacts } from "../../../stack/plan/scripts";
import type { WantedRelease } from "../../../stack/plan/release-context";
import { parseSettings, type RawConfig } from "../../../stack/settings/parse-settings";
import { RefusedError } from "../../../stack/validation-error";

/** The least that a stack needs, as Pulumi hands it over. */
export const MINIMAL: RawConfig = { live: "blue", blueVersion: "1.0.0", allowPlainHttp: "true" };

/** The sentences that a user sees, one for each mistake; none when it is accepted. */
export function sentencesOf(decide: () => unknown): string[] {
  try {
    decide();
    return [];
  } catch (error) {
    if (error instanceof RefusedError) return error.message.split("\n");
    throw error;
  }
}

/** What a user sees who adds this to the minimal config. */
export function refusalsOf(changes: Readonly<Record<string, string | undefined>>, stack = "dev"): string[] {
  const entries = Object.entries({ ...MINIMAL, ...changes }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return sentencesOf(() => parseSettings(Object.fromEntries(entries), stack));
}

function script(number: number, phase: ScriptFacts["phase"], version: string): ScriptFacts {
  const id = `000${number}_change`;
  const names = phase === "expand" ? { neededBy: version } : { deadFrom: version };
  return { id, number, phase, ...names, sha256: `${id}.${phase}` };
}

/** A base, and three changes that each give a version its shape: 1.1.0, 1.2.0, 1.3.0. */
export const SCRIPTS: readonly ScriptFacts[] = [
  script(1, "expand", "1.0.0"),
  script(2, "expand", "1.1.0"),
  script(2, "contract", "1.1.0"),
  script(3, "expand", "1.2.0"),
  script(3, "contract", "1.2.0"),
  script(4, "expand", "1.3.0"),
  script(4, "contract", "1.3.0"),
];

/** Scripts that nobody would feel. */
export const NO_FINDINGS: AnalysisReport = { breaks: [], findings: [] };

export const VERSIONS = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"] as const;

/** Blue is live; green has the next version and no users. */
export const WANTED: WantedRelease = {
  live: "blue",
  versions: { blue: "1.0.0", green: "1.1.0" },
  canaryPercent: 0,
  idle: "warm",
  maxMigrationInvocations: 4,
};
