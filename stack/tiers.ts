import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { BlueGreenFleet, type Color, type LoadBalancer } from "../components";
import type { Application, Infrastructure, TierName } from "../contract";
import {
  artifactOf,
  publishedReadStatements,
  type ReleasedVersion,
  uploadedReadStatement,
} from "./artifacts";
import { callInner, type Foundation } from "./foundation";
import { loginOf } from "./logins";
import type { ColorVersion } from "./plan/last-release";
import type { ReleasePlan } from "./plan/plan-release";
import { tierPolicy, tierUserData } from "./tier-service";

/** One tier, with the resources that its two colors share. */
export interface Tier {
  readonly name: TierName;
  readonly fleet: BlueGreenFleet;
  readonly loadBalancer: LoadBalancer;
  /** The name in the load balancer's certificate, if it has one. */
  readonly serverName?: string;
  userData(release: ColorVersion): pulumi.Input<string>;
  /** The path of the readiness check, if the color's instances were deployed with one. */
  readinessPath(color: Color): string | undefined;
  instancePolicy(release: ColorVersion): pulumi.Input<string>;
}

export type Tiers = Readonly<Record<TierName, Tier>>;

/** Instances fetch their software, their secrets and their runtime over HTTPS. */
const AWS_PORTS: readonly number[] = [443];

export function declareTiers(
  base: Foundation,
  application: Application,
  artifacts: readonly ReleasedVersion[],
  { logins }: Pick<ReleasePlan, "logins">,
): Tiers {
  const { settings, tags, database, edge, inner, store } = base;
  const { name, protect, drainSeconds, idleTimeoutSeconds } = settings;
  const infrastructureOfColor = (color: Color) =>
    infrastructureOf(base, loginOf(base, logins.kinds[color] === "shared" ? "shared" : color).secretArn);
  const callees = {
    app: callInner(inner),
    database: { name: "database", securityGroupId: database.securityGroupId, port: database.port },
  };
  // The public can send requests to the edge, so the color header alone must not select a color there.
  const colorToken = new RandomPassword(`${name}-color-token`, { length: 40, special: false }).result;

  const declareTier = (
    tierName: TierName,
    loadBalancer: LoadBalancer,
    token?: pulumi.Output<string>,
  ): Tier => {
    const {
      port,
      healthCheckPath,
      readinessPath,
      calls,
      egressPorts = AWS_PORTS,
    } = application.tiers[tierName];
    const fleet = new BlueGreenFleet(`${name}-${tierName}`, {
      tier: tierName,
      vpcId: base.network.vpcId,
      listenerArn: loadBalancer.listenerArn,
      loadBalancerSecurityGroupId: loadBalancer.securityGroupId,
      colorToken: token,
      allowLoadBalancerEgress: true,
      calls: calls.map((callee) => callees[callee]),
      egressPorts: [...egressPorts],
      port,
      healthCheckPath,
      drainSeconds,
      protect,
      tags,
    });
    const userData = ({ color, version }: ColorVersion) => {
      const artifact = artifactOf(artifacts, store.urls, tierName, version);
      const service = { ...infrastructureOfColor(color), color, version, idleTimeoutSeconds, drainSeconds };
      return tierUserData(application, tierName, artifact, service);
    };
    const instancePolicy = ({ color, version }: ColorVersion) =>
      tierPolicy(application, tierName, infrastructureOfColor(color), [
        uploadedReadStatement(store.bucketName, tierName),
        ...publishedReadStatements(
          artifacts.filter(({ known }) => known.version === version),
          tierName,
        ),
      ]);
    return {
      name: tierName,
      fleet,
      loadBalancer,
      userData,
      instancePolicy,
      // Instances that still use the shared login were deployed before the readiness check existed.
      readinessPath: (color) => (logins.kinds[color] === "shared" ? undefined : readinessPath),
    };
  };
  return {
    web: { ...declareTier("web", edge, colorToken), serverName: settings.domainName },
    app: declareTier("app", inner),
  };
}

function infrastructureOf(
  { settings, database, inner }: Foundation,
  secretArn: pulumi.Input<string>,
): Infrastructure {
  return {
    region: getRegionOutput({}).region,
    appUrl: inner.url,
    database: {
      host: database.address,
      port: pulumi.interpolate`${database.port}`,
      name: database.databaseName,
      secretArn,
      requireTls: settings.database.requireTls,
    },
  };
}
