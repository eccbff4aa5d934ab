import type { RunRecord } from "../run-record";
import { effectSection } from "./effect";
import { environmentSection } from "./environment";
import { faultsSection } from "./faults";
import { limitsSection } from "./limits";
import { outcomeSection } from "./outcome";
import type { ReportSection } from "./section";
import { stepsSection } from "./steps";
import { strategiesSection } from "./strategies";

/** The sections of the report of one run, in their order. */
export function runSections(record: RunRecord): ReportSection[] {
  return [
    outcomeSection(record),
    effectSection(record),
    strategiesSection(record),
    faultsSection(record),
    stepsSection(record),
    environmentSection(record),
    limitsSection(),
  ].filter((section) => section !== undefined);
}
