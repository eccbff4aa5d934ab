import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { application } from "./app";
import { bundleLambda } from "./build/bundle";
import {
  ArtifactStore,
  BlueGreenFleet,
  COLORS,
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
import { type Infrastructure, knownVersions, type TierName } from "./contract";
import { analyze } from "./migrations/analysis";
import { loadScripts } from "./migrations/script/load-scripts";
import { artifactFiles, artifactUrl, publishedReadStatements, resolveArtifacts } from "./stack/artifacts";
import { planArtifacts } from "./stack/plan/plan-artifacts";
import { planRelease } from "./stack/plan/plan-release";
import { wantedRelease } from "./stack/settings/parse-settings";
import { lastRelease, readSettings, refusing } from "./stack/settings/read-settings";
import { tierPolicy, tierUserData } from "./stack/tier-service";

/** One stack: two tiers, each blue and green, one database, and one release of it, from top to bottom. */
export = async () => {
  // What is asked for, what was before, and what follows from both. All that is refused is refused here.
  const settings = readSettings();
  const last = await lastRelease();
  const scripts = refusing(() => loadScripts(application.migrationsDirectory));
  const known = refusing(() => knownVersions(application));
  const analysis = await analyze(scripts, known);
  const at = new Date().toISOString();
  const plan = refusing(() => planRelease(wantedRelease(settings), last, scripts, analysis, at));
  const built = refusing(() => resolveArtifacts(known, plan.versions));
  const artifacts = planArtifacts(built, last?.artifacts);
  for (const warning of [...artifacts.warnings, ...(analysis.unknown ?? [])]) pulumi.log.warn(warning);
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
    artifacts: artifactFiles(built),
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
    { migration, phase: MigrationPhase.Expand, ...plan.schema.expand },
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
  const readArtifacts = [store.readPolicyStatement, ...publishedReadStatements(built)];
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
  const deploy = (tier: TierName, color: Color, dependsOn: pulumi.Resource[]) => {
    const version = plan.colors[color]?.version ?? "";
    const context = { ...infrastructure, color, version, idleTimeoutSeconds, drainSeconds };
    const url = artifactUrl(built, store.urls, tier, version);
    return new FleetColor(
      `${name}-${tier}-${color}`,
      {
        fleet: { web, app }[tier],
        color,
        version,
        userData: tierUserData(application, tier, url, context),
        retired: retired.includes(color),
        subnetIds,
        ...settings[tier],
        tags,
      },
      { dependsOn },
    );
  };
  const { retired } = plan;
  const deployBoth = (color: Color, dependsOn: pulumi.Resource[]) => {
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
  const deployed = COLORS.filter((color) => plan.colors[color] !== undefined);
  const capacities = new Map<Color, ReturnType<typeof deployBoth>>();
  for (const color of deployed)
    if (plan.weights[color] > 0) capacities.set(color, deployBoth(color, [expand]));
  const checks = plan.gates.map(({ role, color, version, sharePercent, look }) => {
    const capacity = capacities.get(color);
    return new GateCheck(
      `${name}-gate-${role}`,
      {
        gate,
        color,
        version,
        sharePercent,
        otherSharePercent: look?.otherSharePercent,
        // Servers that are exchanged under their users are looked at before the old ones go, at the end of the update.
        triggers: {
          webServers: capacity?.web.autoScalingGroupName ?? "",
          appServers: capacity?.app.autoScalingGroupName ?? "",
          ...(look && { usersMove: look.at }),
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
  for (const color of deployed)
    if (plan.weights[color] === 0 && !retired.includes(color))
      capacities.set(color, deployBoth(color, [expand, production]));

  // Retired colors: web, drain, application.
  const gone = retired.map((color) => {
    const webColor = deploy("web", color, [production]);
    const drained = new DrainCheck(
      `${name}-drained-${color}`,
      {
        gate,
        color,
        version: plan.colors[color]?.version ?? "",
        tier: "web",
        targetGroupArn: web.targetGroupArns[color],
        drainSeconds,
      },
      { dependsOn: [webColor] },
    );
    return deploy("app", color, [drained]);
  });

  // What no version needs any more, once nobody is left who used it.
  if (plan.schema.contract) {
    new MigrationStep(
      `${name}-contract`,
      { migration, phase: MigrationPhase.Contract, ...plan.schema.contract },
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
    versions: wantedRelease(settings).versions,
    /** How to try the color that is not live: its headers hold the secret token. */
    idle: { color: idle, url: edge.url, headers: pulumi.secret(web.colorHeaders[idle]) },
    wayBack: plan.wayBack,
    dashboard: alarms.dashboardName,
    releaseAlarm: alarms.releaseAlarmName,
    /**
     * Read by the next update: what was before decides what may come. Pulumi takes a program's outputs once all of them
     * are known, of a failed update too. So this one waits for the users to be where it says and for the servers that can
     * serve; and none waits for what comes after them, or a failed retirement would leave a memory of before the flip.
     */
    release: pulumi
      .all([production.rule.id, ...serving.map(({ autoScalingGroupName }) => autoScalingGroupName)])
      .apply(() => ({ ...plan.release, artifacts: artifacts.published })),
  };
};
