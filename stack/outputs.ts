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
  // Pulumi also writes the outputs of a failed update, if all of them are known. So the output `release` waits for
  // the production rule and the running instances, and for nothing later: if retiring a color fails after a flip, the
  // output must still describe the release after the flip.
  const applied = [
    production.rule.id,
    ...running.flatMap(({ instances }) => instances).map(({ autoScalingGroupName }) => autoScalingGroupName),
  ];
  return {
    url,
    live,
    weights: plan.weights,
    versions: plan.release.versions,
    /**
     * Access to the idle color for tests: requests to `url` with these headers, which contain the secret token, reach
     * it.
     */
    idle: { color: idle, url, headers: pulumi.secret(tiers.web.fleet.colorHeaders[idle]) },
    rollback: plan.rollback,
    dashboard: alarms.dashboardName,
    releaseAlarm: alarms.releaseAlarmName,
    /** The next update reads this output. */
    release: pulumi.all(applied).apply(() => plan.release),
  };
}
