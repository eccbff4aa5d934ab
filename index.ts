import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { bundleLambda } from "./build/bundle";
import {
  ArtifactStore,
  BlueGreenFleet,
  type Color,
  Database,
  DrainCheck,
  FleetColor,
  Gate,
  GateCheck,
  LoadBalancer,
  Migration,
  MigrationPhase,
  MigrationStep,
  Network,
  otherColor,
  ProductionRule,
  ReleaseAlarms,
} from "./components";
import type { Infrastructure, TierName } from "./contract";
import { artifactFiles, artifactUrl, publishedReadStatements } from "./stack/artifacts";
import type { ColorVersion } from "./stack/plan/last-release";
import { planStack } from "./stack/plan-stack";
import { tierPolicy, tierUserData } from "./stack/tier-service";

/** One stack: two tiers, each blue and green, one database, and one release of it, from top to bottom. */
export = async () => {
  const { application, settings, plan, artifacts } = await planStack();
  bundleLambda("migrate");
  bundleLambda("gate");
  const { name, protect, idleTimeoutSeconds, drainSeconds } = settings;
  const { requireTls } = settings.database;
  const tags = { "changeover:stack": pulumi.getStack() };

  // The ground.
  const network = new Network(name, { ...settings.network, tags });
  const { vpcId, privateSubnetIds: subnetIds } = network;
  const edge = new LoadBalancer(`${name}-edge`, {
    vpcId,
    subnetIds: network.publicSubnetIds,
    domainName: settings.domainName,
    hostedZoneId: settings.hostedZoneId,
    certificateArn: settings.certificateArn,
    allowPlainHttp: settings.allowPlainHttp,
    idleTimeoutSeconds,
    protect,
    tags,
  });
  const inner = new LoadBalancer(`${name}-inner`, {
    vpcId,
    subnetIds,
    internal: true,
    allowPlainHttp: true,
    idleTimeoutSeconds,
    protect,
    tags,
  });
  const callInner = { name: "inner", securityGroupId: inner.securityGroupId, port: inner.port };
  const store = new ArtifactStore(name, {
    // Not the digests: they are the checkout's, and what is published may be older.
    artifacts: artifactFiles(artifacts),
    protect,
    tags,
  });

  // The database, and the changes that the versions need, while it serves.
  const database = new Database(name, {
    vpcId,
    subnetIds: network.databaseSubnetIds,
    ...settings.database,
    protect,
    tags,
  });
  const migration = new Migration(name, {
    vpcId,
    subnetIds,
    database,
    scriptsDirectory: application.migrationsDirectory,
    requireTls,
    // A trial's account is often too new to set anything aside.
    reserveConcurrency: protect,
    tags,
  });
  const expand = new MigrationStep(
    `${name}-expand`,
    { migration, phase: MigrationPhase.Expand, ...plan.migrations.expand },
    { dependsOn: [database] },
  );

  // Both tiers. No instances yet.
  const { region } = getRegionOutput({});
  const infrastructure: Infrastructure = {
    region,
    appUrl: inner.url,
    database: {
      host: database.address,
      port: pulumi.interpolate`${database.port}`,
      name: database.databaseName,
      secretArn: database.applicationSecretArn,
      requireTls,
    },
  };
  const callees = {
    app: callInner,
    database: { name: "database", securityGroupId: database.securityGroupId, port: database.port },
  };
  const readArtifacts = [store.readPolicyStatement, ...publishedReadStatements(artifacts)];
  const fleetOf = (tier: TierName, balancer: LoadBalancer, colorToken?: pulumi.Input<string>) =>
    new BlueGreenFleet(`${name}-${tier}`, {
      tier,
      vpcId,
      listenerArn: balancer.listenerArn,
      loadBalancerSecurityGroupId: balancer.securityGroupId,
      colorToken,
      instancePolicy: tierPolicy(application, tier, infrastructure, readArtifacts),
      port: application.tiers[tier].port,
      healthCheckPath: application.tiers[tier].healthCheckPath,
      calls: application.tiers[tier].calls.map((callee) => callees[callee]),
      drainSeconds,
      protect,
      tags,
    });
  const token = new RandomPassword(`${name}-color-token`, { length: 40, special: false }).result;
  const app = fleetOf("app", inner);
  const web = fleetOf("web", edge, token);
  const deploy = (
    tier: TierName,
    { color, version }: ColorVersion,
    dependsOn: pulumi.Resource[],
    retired = false,
  ) => {
    const context = { ...infrastructure, color, version, idleTimeoutSeconds, drainSeconds };
    const url = artifactUrl(artifacts, store.urls, tier, version);
    return new FleetColor(
      `${name}-${tier}-${color}`,
      {
        fleet: { web, app }[tier],
        color,
        version,
        userData: tierUserData(application, tier, url, context),
        retired,
        subnetIds,
        ...settings[tier],
        tags,
      },
      { dependsOn },
    );
  };
  const deployBoth = (color: ColorVersion, dependsOn: pulumi.Resource[]) => {
    const appColor = deploy("app", color, dependsOn);
    return { web: deploy("web", color, [appColor]), app: appColor };
  };

  // Nobody gets users who has not been looked at.
  const gate = new Gate(name, {
    vpcId,
    subnetIds,
    calls: [callInner],
    timeoutSeconds: settings.gateTimeoutSeconds,
    tags,
  });
  const fleets = [
    {
      tier: "web",
      fleet: web,
      url: edge.ownUrl,
      serverName: settings.domainName,
      minHealthy: settings.web.minInstances,
    },
    { tier: "app", fleet: app, url: inner.ownUrl, minHealthy: settings.app.minInstances },
  ];
  const capacities = new Map<Color, ReturnType<typeof deployBoth>>();
  for (const serving of plan.serving) capacities.set(serving.color, deployBoth(serving, [expand]));
  const checks = plan.gateChecks.map(({ role, color, version, sharePercent, trigger }) => {
    const capacity = capacities.get(color);
    return new GateCheck(
      `${name}-gate-${role}`,
      {
        gate,
        color,
        version,
        sharePercent,
        otherSharePercent: trigger?.otherSharePercent,
        // Servers that are exchanged under their users are looked at before the old ones go, at the end of the update.
        triggers: {
          webServers: capacity?.web.autoScalingGroupName ?? "",
          appServers: capacity?.app.autoScalingGroupName ?? "",
          ...(trigger && { usersMove: trigger.at }),
        },
        tiers: fleets.map(({ fleet, ...tier }) => ({
          ...tier,
          targetGroupArn: fleet.targetGroupArns[color],
          otherTargetGroupArn: fleet.targetGroupArns[otherColor(color)],
          headers: fleet.colorHeaders[color],
        })),
      },
      { dependsOn: capacity && [capacity.web, capacity.app] },
    );
  });

  // The switch.
  const production = new ProductionRule(
    `${name}-edge`,
    {
      listenerArn: edge.listenerArn,
      targetGroupArns: web.targetGroupArns,
      weights: plan.weights,
      stickySeconds: settings.stickySeconds,
      protect,
      tags,
    },
    { dependsOn: checks },
  );

  // Idle colors change only when they receive no traffic.
  for (const idle of plan.idle) capacities.set(idle.color, deployBoth(idle, [expand, production]));

  // Retired colors: web, drain, application.
  const gone = plan.retired.map((retired) => {
    const webColor = deploy("web", retired, [production], true);
    const drained = new DrainCheck(
      `${name}-drained-${retired.color}`,
      {
        gate,
        ...retired,
        tier: "web",
        targetGroupArn: web.targetGroupArns[retired.color],
        drainSeconds,
      },
      { dependsOn: [webColor] },
    );
    return deploy("app", retired, [drained], true);
  });

  // What no version needs any more, once nobody is left who used it.
  if (plan.migrations.contract) {
    new MigrationStep(
      `${name}-contract`,
      { migration, phase: MigrationPhase.Contract, ...plan.migrations.contract },
      { dependsOn: [production, ...gone] },
    );
  }

  const alarms = new ReleaseAlarms(name, {
    tiers: [
      { tier: "web", balancer: edge, fleet: web },
      { tier: "app", balancer: inner, fleet: app },
    ].map(({ tier, balancer, fleet }) => ({
      tier,
      loadBalancerArnSuffix: balancer.arnSuffix,
      blueTargetGroupArnSuffix: fleet.targetGroupArnSuffixes.blue,
      greenTargetGroupArnSuffix: fleet.targetGroupArnSuffixes.green,
    })),
    topicArns: settings.alarmTopicArn ? [settings.alarmTopicArn] : undefined,
    tags,
  });

  const idle = otherColor(settings.live);
  const serving = [...capacities.values()].flatMap((each) => [each.web, each.app]);
  return {
    url: edge.url,
    live: settings.live,
    weights: plan.weights,
    versions: plan.release.versions,
    /** How to try the color that is not live: its headers hold the secret token. */
    idle: { color: idle, url: edge.url, headers: pulumi.secret(web.colorHeaders[idle]) },
    rollback: plan.rollback,
    dashboard: alarms.dashboardName,
    releaseAlarm: alarms.releaseAlarmName,
    /**
     * Read by the next update: what was before decides what may come. Pulumi takes a program's outputs once all of them
     * are known, of a failed update too. So this one waits for the users to be where it says and for the servers that can
     * serve; and none waits for what comes after them, or a failed retirement would leave a memory of before the flip.
     */
    release: pulumi
      .all([production.rule.id, ...serving.map(({ autoScalingGroupName }) => autoScalingGroupName)])
      .apply(() => plan.release),
  };
};
