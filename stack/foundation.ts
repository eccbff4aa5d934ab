import * as pulumi from "@pulumi/pulumi";
import {
  AccessLogBucket,
  ArtifactStore,
  type CallArgs,
  Database,
  Gate,
  LoadBalancer,
  Migration,
  Network,
} from "../components";
import type { Application } from "../contract";
import { artifactFiles, type ReleasedVersion } from "./artifacts";
import { type ColorLogins, declareLogins } from "./logins";
import type { ReleasePlan } from "./plan/plan-release";
import { programTag } from "./read-production-rule";
import type { StackSettings } from "./settings/settings";

/** The resources that both colors share and that no release changes. */
export interface Foundation {
  readonly settings: StackSettings;
  readonly tags: Readonly<Record<string, string>>;
  readonly network: Network;
  /** The public load balancer, in front of the web tier. */
  readonly edge: LoadBalancer;
  /** The internal load balancer, in front of the application tier. */
  readonly inner: LoadBalancer;
  readonly store: ArtifactStore;
  readonly database: Database;
  readonly logins: ColorLogins;
  readonly migration: Migration;
  readonly gate: Gate;
}

export function declareFoundation(
  settings: StackSettings,
  application: Application,
  artifacts: readonly ReleasedVersion[],
  plan: Pick<ReleasePlan, "shared" | "release">,
): Foundation {
  const { idleTimeoutSeconds = settings.idleTimeoutSeconds, requireTls } = plan.shared;
  const { name, protect } = settings;
  const tags = { "changeover:stack": pulumi.getStack() };
  const network = new Network(name, { ...settings.network, tags });
  const { vpcId, privateSubnetIds: subnetIds } = network;
  const logs = declareAccessLogs(settings, tags);
  const { edge, inner } = declareLoadBalancers({ ...settings, idleTimeoutSeconds }, network, logs, tags);
  const store = new ArtifactStore(name, { artifacts: artifactFiles(artifacts), protect, tags });
  const database = new Database(name, {
    vpcId,
    subnetIds: network.databaseSubnetIds,
    ...settings.database,
    requireTls: requireTls ?? settings.database.requireTls,
    protect,
    tags,
  });
  const logins = declareLogins(settings, plan, tags);
  const { address, port, databaseName, securityGroupId, masterSecretArn, applicationSecretArn } = database;
  const migration = new Migration(name, {
    vpcId,
    subnetIds,
    database: {
      ...{ address, port, databaseName, securityGroupId, masterSecretArn, applicationSecretArn },
      loginSecretArns: [logins.blue.secretArn, logins.green.secretArn],
    },
    scriptsDirectory: application.migrationsDirectory,
    requireTls: settings.database.requireTls,
    // A new AWS account, as used for trials, has too little concurrency to reserve any.
    reserveConcurrency: protect,
    logRetentionDays: settings.logRetentionDays,
    tags,
  });
  const gate = new Gate(name, {
    ...trafficFunction({ settings, network, inner }),
    timeoutSeconds: settings.gateTimeoutSeconds,
    tags,
  });
  return { settings, tags, network, edge, inner, store, database, logins, migration, gate };
}

/** The bucket of the request logs; undefined for a stack without logs. */
function declareAccessLogs(
  { name, protect, allowPlainHttp, accessLogRetentionDays = allowPlainHttp ? 0 : 365 }: StackSettings,
  tags: Readonly<Record<string, string>>,
): pulumi.Output<string> | undefined {
  if (accessLogRetentionDays === 0) return undefined;
  return new AccessLogBucket(name, { retentionDays: accessLogRetentionDays, protect, tags }).bucketName;
}

/** The ranges that may call the edge. The health gate calls it from the addresses of the NAT gateways. */
function allowedAtEdge(
  { allowedCidrs, network: { vpcId, natGateways, zoneCount = 2 } }: StackSettings,
  { natAddresses }: Network,
): pulumi.Input<string>[] | undefined {
  if (allowedCidrs === undefined || vpcId !== undefined) return allowedCidrs;
  const gateways = Array.from({ length: natGateways === "one" ? 1 : zoneCount });
  return [
    ...allowedCidrs,
    ...gateways.map((_, index) => natAddresses.apply((addresses) => `${addresses[index]}/32`)),
  ];
}

function declareLoadBalancers(
  settings: StackSettings,
  network: Network,
  accessLogsBucket: pulumi.Output<string> | undefined,
  tags: Readonly<Record<string, string>>,
): Pick<Foundation, "edge" | "inner"> {
  const { name, domainName, hostedZoneId, certificateArn, allowPlainHttp, webAclArn } = settings;
  const { vpcId, publicSubnetIds, privateSubnetIds } = network;
  const common = {
    vpcId,
    idleTimeoutSeconds: settings.idleTimeoutSeconds,
    protect: settings.protect,
    openEgress: false,
    accessLogsBucket,
    tags,
  };
  const edge = new LoadBalancer(`${name}-edge`, {
    ...common,
    subnetIds: publicSubnetIds,
    allowedCidrs: allowedAtEdge(settings, network),
    webAclArn,
    accessLogsPrefix: accessLogsBucket && "edge",
    // Lets the next update find the production rule without the outputs of this one.
    tags: { ...tags, ...programTag() },
    domainName,
    hostedZoneId,
    certificateArn,
    allowPlainHttp,
  });
  const inner = new LoadBalancer(`${name}-inner`, {
    ...common,
    subnetIds: privateSubnetIds,
    internal: true,
    accessLogsPrefix: accessLogsBucket && "inner",
    allowPlainHttp: true,
  });
  return { edge, inner };
}

/** Args of the functions that check or watch a traffic shift. */
export function trafficFunction({
  settings,
  network,
  inner,
}: Pick<Foundation, "settings" | "network" | "inner">) {
  const { alarmTopicArn, checks = [] } = settings;
  return {
    vpcId: network.vpcId,
    subnetIds: network.privateSubnetIds,
    calls: [callInner(inner)],
    egressPorts: [...new Set([80, 443, ...checks.flatMap(({ url }) => portOf(url))])],
    logRetentionDays: settings.logRetentionDays,
    topicArns: alarmTopicArn === undefined ? undefined : [alarmTopicArn],
    checkFunctionNames: checks.flatMap(({ functionName }) => functionName ?? []),
  };
}

/** The port of a check's URL, if it names one. */
function portOf(url: string | undefined): number[] {
  const port = url === undefined ? "" : new URL(url).port;
  return port === "" ? [] : [Number(port)];
}

/** The internal load balancer as a destination of a caller. */
export function callInner({ securityGroupId, port }: LoadBalancer): CallArgs {
  return { name: "inner", securityGroupId, port };
}
