import type * as pulumi from "@pulumi/pulumi";
import { type Color, DrainCheck, FleetColor } from "../components";
import type { Foundation } from "./foundation";
import type { ColorVersion } from "./plan/last-release";
import type { Tier, Tiers } from "./tiers";

export interface ColorInstances {
  readonly color: Color;
  readonly web: FleetColor;
  readonly app: FleetColor;
  /** Both tiers, for `dependsOn`. */
  readonly instances: readonly FleetColor[];
}

interface ColorOptions {
  readonly dependsOn: pulumi.Resource[];
}

/** Deploys the application tier before the web tier, which calls it. */
export function deployColor(
  base: Foundation,
  tiers: Tiers,
  release: ColorVersion,
  { dependsOn }: ColorOptions,
): ColorInstances {
  const app = declareInstances(base, tiers.app, release, { dependsOn });
  const web = declareInstances(base, tiers.web, release, { dependsOn: [app] });
  return { color: release.color, web, app, instances: [web, app] };
}

/** Scales in the web tier before the application tier, which the last requests of the web tier still need. */
export function retireColor(
  base: Foundation,
  tiers: Tiers,
  release: ColorVersion,
  { dependsOn }: ColorOptions,
): ColorInstances {
  const { settings, gate } = base;
  const { color, version } = release;
  const web = declareInstances(base, tiers.web, release, { dependsOn, retired: true });
  const drained = new DrainCheck(
    `${settings.name}-drained-${color}`,
    {
      gate,
      color,
      version,
      tier: tiers.web.name,
      targetGroupArn: tiers.web.fleet.targetGroupArns[color],
      drainSeconds: settings.drainSeconds,
    },
    { dependsOn: [web] },
  );
  const app = declareInstances(base, tiers.app, release, { dependsOn: [drained], retired: true });
  return { color, web, app, instances: [web, app] };
}

function declareInstances(
  { settings, tags, network }: Foundation,
  tier: Tier,
  release: ColorVersion,
  { dependsOn, retired = false }: ColorOptions & { readonly retired?: boolean },
): FleetColor {
  const { color, version } = release;
  // Listed one by one, so that a setting that is no arg of a FleetColor does not compile.
  const { instanceType, minInstances, maxInstances, targetCpuPercent } = settings[tier.name];
  return new FleetColor(
    `${settings.name}-${tier.name}-${color}`,
    {
      fleet: tier.fleet,
      color,
      version,
      userData: tier.userData(release),
      subnetIds: network.privateSubnetIds,
      retired,
      instanceType,
      minInstances,
      maxInstances,
      targetCpuPercent,
      tags,
    },
    { dependsOn },
  );
}
