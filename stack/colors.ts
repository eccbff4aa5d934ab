import { getParameterOutput } from "@pulumi/aws/ssm/getParameter";
import type * as pulumi from "@pulumi/pulumi";
import { type Color, DrainCheck, FleetColor, type ProductionRule } from "../components";
import type { Foundation } from "./foundation";
import type { ColorVersion } from "./plan/last-release";
import type { ReleasePlan } from "./plan/plan-release";
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

interface RetireOptions extends ColorOptions {
  /** The weights of the production rule. Unknown until the rule has them. */
  readonly weights: ProductionRule["weights"];
}

/** Deploys the application tier before the web tier, which calls it. */
export function deployColor(
  base: Foundation,
  tiers: Tiers,
  plan: ReleasePlan,
  release: ColorVersion,
  { dependsOn }: ColorOptions,
): ColorInstances {
  const app = declareInstances(base, tiers.app, plan, release, { dependsOn });
  const web = declareInstances(base, tiers.web, plan, release, { dependsOn: [app] });
  return { color: release.color, web, app, instances: [web, app] };
}

/** Scales in the web tier before the application tier, which the last requests of the web tier still need. */
export function retireColor(
  base: Foundation,
  tiers: Tiers,
  plan: ReleasePlan,
  release: ColorVersion,
  { dependsOn, weights }: RetireOptions,
): ColorInstances {
  const { settings, gate } = base;
  const { color, version } = release;
  const web = declareInstances(base, tiers.web, plan, release, { dependsOn, weights });
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
  const app = declareInstances(base, tiers.app, plan, release, { dependsOn: [drained], weights });
  return { color, web, app, instances: [web, app] };
}

function declareInstances(
  { settings, tags, network }: Foundation,
  tier: Tier,
  plan: ReleasePlan,
  release: ColorVersion,
  { dependsOn, weights }: ColorOptions & Partial<RetireOptions>,
): FleetColor {
  const { color, version } = release;
  // Listed one by one, so that a setting that is no arg of a FleetColor does not compile.
  const { instanceType, imageId, minInstances, maxInstances, startupSeconds, targetCpuPercent } =
    settings[tier.name];
  return new FleetColor(
    `${settings.name}-${tier.name}-${color}`,
    {
      fleet: tier.fleet,
      color,
      version,
      deployed: plan.deployed.includes(color),
      userData: tier.userData(release),
      instancePolicy: tier.instancePolicy(release),
      subnetIds: network.privateSubnetIds,
      retired: weights !== undefined,
      weights,
      imageId: imageId ?? newestImageId(),
      instanceType,
      minInstances,
      maxInstances,
      startupSeconds,
      targetCpuPercent,
      tags,
    },
    { dependsOn },
  );
}

/** @see https://docs.aws.amazon.com/linux/al2023/ug/ec2.html */
const AMAZON_LINUX_2023 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";

/**
 * The id of the newest image. The launch template contains the id instead of the parameter's name, so that all
 * instances of a deployment start from one image.
 */
function newestImageId(): pulumi.Output<string> {
  return getParameterOutput({ name: AMAZON_LINUX_2023 }).insecureValue;
}
