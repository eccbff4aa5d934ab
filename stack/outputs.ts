import * as pulumi from "@pulumi/pulumi";
import { otherColor } from "../components";
import type { DeclaredRelease } from "./declared-release";
import { datedRelease } from "./plan/dated-release";
import { releaseControl } from "./release-control";
import { shiftTimes } from "./shift-times";

export function stackOutputs(declared: DeclaredRelease) {
  const { base, tiers, plan, production, running, alarms, checks, watch } = declared;
  const { live } = base.settings;
  const { url } = base.edge;
  const idle = otherColor(live);
  // Pulumi also writes the outputs of a failed update if all of them are known. The output `release` waits only for
  // the production rule, its bake and the running instances, so that it describes the release after a flip even if
  // retiring a color fails afterwards.
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
    control: releaseControl(declared),
    /** The next update reads this output. */
    release: pulumi
      .all([applied, plan.shift.isShift ? shiftTimes(checks, watch) : {}])
      .apply(([, times]) => datedRelease(plan.release, times)),
  };
}
