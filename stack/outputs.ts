import * as pulumi from "@pulumi/pulumi";
import { otherColor, type ProductionRule, type ReleaseAlarms } from "../components";
import type { ColorInstances } from "./colors";
import type { Foundation } from "./foundation";
import type { ReleasePlan } from "./plan/plan-release";
import type { Tiers } from "./tiers";

export interface DeclaredRelease {
  readonly base: Foundation;
  readonly tiers: Tiers;
  readonly plan: ReleasePlan;
  readonly production: ProductionRule;
  /** The colors that are not retired. */
  readonly running: readonly ColorInstances[];
  readonly alarms: ReleaseAlarms;
}

export function stackOutputs({ base, tiers, plan, production, running, alarms }: DeclaredRelease) {
  const { live } = base.settings;
  const { url } = base.edge;
  const idle = otherColor(live);
  // Pulumi writes the outputs of a failed update, too, but only when all of them are known. The memory of the release
  // waits for the production rule and for the running instances, and for nothing after them: a failed retirement must
  // not leave the memory of the release before the flip.
  const applied = [
    production.rule.id,
    ...running.flatMap(({ instances }) => instances).map(({ autoScalingGroupName }) => autoScalingGroupName),
  ];
  return {
    url,
    live,
    weights: plan.weights,
    versions: plan.release.versions,
    /** The way to test the idle color: a request with these headers, which hold the secret token. */
    idle: { color: idle, url, headers: pulumi.secret(tiers.web.fleet.colorHeaders[idle]) },
    rollback: plan.rollback,
    dashboard: alarms.dashboardName,
    releaseAlarm: alarms.releaseAlarmName,
    /** Read by the next update. */
    release: pulumi.all(applied).apply(() => plan.release),
  };
}
