import * as pulumi from "@pulumi/pulumi";
import { bundleLambda, lambdaNames } from "../build/bundle";
import {
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
  // A failed build must stop the update before the first resource is declared.
  for (const name of lambdaNames()) bundleLambda(name);
  const { name, protect } = settings;
  const tags = { "changeover:stack": pulumi.getStack() };
  const network = new Network(name, { ...settings.network, tags });
  const { vpcId, privateSubnetIds: subnetIds } = network;
  const { edge, inner } = declareLoadBalancers({ ...settings, idleTimeoutSeconds }, network, tags);
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
    tags,
  });
  const gate = new Gate(name, {
    ...trafficFunction({ settings, network, inner }),
    timeoutSeconds: settings.gateTimeoutSeconds,
    tags,
  });
  return { settings, tags, network, edge, inner, store, database, logins, migration, gate };
}

function declareLoadBalancers(
  settings: StackSettings,
  { vpcId, publicSubnetIds, privateSubnetIds }: Network,
  tags: Readonly<Record<string, string>>,
): Pick<Foundation, "edge" | "inner"> {
  const { name, domainName, hostedZoneId, certificateArn, allowPlainHttp } = settings;
  const common = {
    vpcId,
    idleTimeoutSeconds: settings.idleTimeoutSeconds,
    protect: settings.protect,
    tags,
  };
  const edge = new LoadBalancer(`${name}-edge`, {
    ...common,
    subnetIds: publicSubnetIds,
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
    topicArns: alarmTopicArn === undefined ? undefined : [alarmTopicArn],
    checkFunctionNames: checks.flatMap(({ functionName }) => functionName ?? []),
  };
}

/** The internal load balancer as a destination of a caller. */
export function callInner({ securityGroupId, port }: LoadBalancer): CallArgs {
  return { name: "inner", securityGroupId, port };
}
