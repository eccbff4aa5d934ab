import type { Comparison } from "../compare/comparison";
import { alarmsCheck } from "./alarms";
import { dataCheck } from "./data";
import { exposureCheck } from "./exposure";
import type { FindingCheck, FindingContent } from "./finding";
import { healthGateCheck } from "./health-gate";
import { ingressCheck } from "./ingress";
import { instancesCheck } from "./instances";
import { migrationsCheck } from "./migrations";
import { networkCheck } from "./network";
import { nextDeploymentCheck } from "./next-deployment";
import { protectionCheck } from "./protection";
import { providerCheck } from "./provider";
import { rollbackCheck } from "./rollback";
import { trafficCheck } from "./traffic";
import { versionsCheck } from "./versions";

const CHECKS = [
  providerCheck,
  networkCheck,
  trafficCheck,
  healthGateCheck,
  ingressCheck,
  rollbackCheck,
  protectionCheck,
  dataCheck,
  migrationsCheck,
  exposureCheck,
  instancesCheck,
  nextDeploymentCheck,
  versionsCheck,
  alarmsCheck,
] as const satisfies readonly FindingCheck[];

/** The topics of a stack's findings. */
export type Topic = (typeof CHECKS)[number]["topic"];

/** Topics of findings on the files of a change, which concern every stack. */
export type ChangeTopic = "config" | "packages" | "scripts" | "sources";

export interface Finding extends FindingContent {
  readonly topic: Topic | ChangeTopic;
}

export function findingsOf(comparison: Comparison): Finding[] {
  const findings = CHECKS.flatMap(({ topic, find }): Finding[] =>
    find(comparison).map((content) => ({ topic, ...content })),
  );
  // In another region, account or network every resource is new, even if its inputs are unchanged. So a check that
  // found nothing would mislead.
  const isElsewhere = findings.some(
    ({ topic, severity }) => ["provider", "network"].includes(topic) && severity === "danger",
  );
  return isElsewhere ? findings.filter(({ severity }) => severity !== "none") : findings;
}
