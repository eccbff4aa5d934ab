import type { Comparison } from "../compare/comparison";
import { dataCheck } from "./data";
import { exposureCheck } from "./exposure";
import type { FindingCheck, FindingContent } from "./finding";
import { healthGateCheck } from "./health-gate";
import { ingressCheck } from "./ingress";
import { instancesCheck } from "./instances";
import { migrationsCheck } from "./migrations";
import { nextDeploymentCheck } from "./next-deployment";
import { protectionCheck } from "./protection";
import { providerCheck } from "./provider";
import { rollbackCheck } from "./rollback";
import { trafficCheck } from "./traffic";

const CHECKS = [
  providerCheck,
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
] as const satisfies readonly FindingCheck[];

export type Topic = (typeof CHECKS)[number]["topic"];

export interface Finding extends FindingContent {
  readonly topic: Topic;
}

export function findingsOf(comparison: Comparison): Finding[] {
  const findings = CHECKS.flatMap(({ topic, find }): Finding[] => {
    const content = find(comparison);
    return content === undefined ? [] : [{ topic, ...content }];
  });
  // In another region or account every resource is new, even if its inputs are unchanged. So a check that found
  // nothing would mislead.
  const isElsewhere = findings.some(({ topic, severity }) => topic === "provider" && severity === "danger");
  return isElsewhere ? findings.filter(({ severity }) => severity !== "none") : findings;
}
