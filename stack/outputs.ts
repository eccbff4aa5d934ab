import * as pulumi from "@pulumi/pulumi";
import { otherColor } from "../components";
import type { DeclaredRelease } from "./declared-release";
import { releaseControl } from "./release-control";

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
    /** The commands of a release read this output. */
    control: releaseControl({ base, tiers, plan, production, running, alarms }),
    /** The next update reads this output. */
    release: pulumi.all(applied).apply(() => plan.release),
  };
}
