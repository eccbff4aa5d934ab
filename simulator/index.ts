/** AWS on one machine: a Pulumi provider with real load balancers, service processes, databases and functions. */

import { EventEmitter } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Account, awsId } from "./account";
import { AwsApi } from "./api/aws-api";
import { CertificateAuthority, selfSignedCertificate } from "./certificate";
import { Databases } from "./database/databases";
import { startPostgres } from "./database/postgres-server";
import { Functions } from "./functions/functions";
import { HostNames } from "./host-names";
import { Images } from "./images";
import { Instance } from "./instances/instance";
import { Ports } from "./instances/ports";
import type { ScalingGroup } from "./instances/scaling-group";
import { Lifetime } from "./lifetime";
import { createBalancer } from "./load-balancer";
import { LoadBalancing } from "./load-balancer/control-plane";
import { Messages } from "./messages";
import { Alarms } from "./monitoring/alarms";
import { DatabaseConnections } from "./monitoring/database-connections";
import { Metrics } from "./monitoring/metrics";
import { ScalingPolicies } from "./monitoring/scaling-policies";
import { ObjectStore } from "./object-store";
import { startProcessGuard } from "./process/process-guard";
import { SimulatorProvider } from "./provider";
import { ResourceStore } from "./resource-store";
import { Secrets } from "./secrets";
import { awsServices, randomServices } from "./services";
import { resolveName } from "./services/dns";
import type { Simulator, SimulatorOptions } from "./types";
import type { SimulatorEvents, World } from "./world";

export type { DeferredInvocations, FunctionInvocation } from "./functions/functions";
export type { InstanceReport, Simulator, SimulatorOptions } from "./types";

// Time that instances have to shut down before they are killed. At the end of a rehearsal, no clients are connected.
const CLOSE_SECONDS = 3;
/** Time that running steps have to end when the simulator closes. The start of a database takes longest. */
const STEP_LIMIT_MS = 20_000;

/**
 * The URLs from which AWS serves RDS's certificate authorities, with the simulator's authority as their content.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
 */
function authoritiesOfRds(region: string, authority: string): ReadonlyMap<string, string> {
  const bundles = ["global/global-bundle.pem", `${region}/${region}-bundle.pem`];
  return new Map(bundles.map((bundle) => [`https://truststore.pki.rds.amazonaws.com/${bundle}`, authority]));
}

/** Starts a simulator without any resource. Call its close() in every case, also after an error. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { directory, timeScale = 1, alarmTimeScale = timeScale, bootSeconds = 0 } = options;
  const { region = "eu-central-1" } = options;
  for (const [key, scale] of Object.entries({ timeScale, alarmTimeScale })) {
    if (scale > 0 && Number.isFinite(scale)) continue;
    throw new Error(`${key} must be a number above 0, got ${scale}. Use 1 for real time.`);
  }
  if (!(bootSeconds >= 0 && Number.isFinite(bootSeconds))) {
    throw new Error(`bootSeconds must be a number of 0 or more, got ${bootSeconds}. Use 0 for no boot time.`);
  }
  mkdirSync(directory, { recursive: true });
  const guard = startProcessGuard();
  const account = new Account(region);
  const loadBalancing = new LoadBalancing(createBalancer, timeScale);
  const objects = new ObjectStore(join(directory, "objects"));
  for (const name of options.buckets ?? []) objects.createBucket(name);
  const secrets = new Secrets();
  const api = await AwsApi.start(() => world);
  const names = options.databaseNames ? new HostNames(directory) : undefined;
  const environment = {
    AWS_REGION: region,
    AWS_ENDPOINT_URL: api.endpoint,
    AWS_ACCESS_KEY_ID: "rehearsal",
    AWS_SECRET_ACCESS_KEY: "rehearsal",
    AWS_EC2_METADATA_DISABLED: "true",
    ...(names?.environment(options.environment) ?? options.environment),
  };
  const events = new EventEmitter<SimulatorEvents>();
  const certificate = await selfSignedCertificate("changeover simulator", "127.0.0.1", [HostNames.WILDCARD]);
  const authorityFile = join(directory, "authorities.pem");
  const authority = await CertificateAuthority.create("changeover ACM");
  writeFileSync(authorityFile, `${certificate.certificate}\n${authority.certificate}`);
  const runtimeFiles = { "/var/runtime/ca-cert.pem": authorityFile };
  const functions = new Functions({
    ...{ directory, guard, runtimeFiles },
    environment: { ...environment, NODE_EXTRA_CA_CERTS: authorityFile },
    onEnd: (invocation) => events.emit("invocation", invocation),
  });
  const databases = new Databases(startPostgres, certificate, names);
  const connections = new DatabaseConnections(() => databases.all());
  const alarms = new Alarms(new Metrics(loadBalancing, connections), (alarm) => events.emit("alarm", alarm));
  const scalingGroups = new Map<string, ScalingGroup>();
  const alarmMs = (seconds: number) => (seconds * 1000) / alarmTimeScale;
  const scalingPolicies = new ScalingPolicies(scalingGroups, loadBalancing, alarmMs(60));
  const world: World = {
    account,
    authority,
    resources: new ResourceStore(),
    loadBalancing,
    launchTemplates: new Map(),
    images: new Images(),
    scalingGroups,
    instanceHost: {
      directory,
      region,
      ports: new Ports(),
      guard,
      bootMs: bootSeconds * 1000,
      boot: { objects, web: authoritiesOfRds(region, certificate.certificate) },
      environment,
    },
    databases,
    functions,
    objects,
    secrets,
    alarms,
    scalingPolicies,
    messages: new Messages(),
    deniedActions: new Set(),
    events,
    scaledMs: (seconds) => (seconds * 1000) / timeScale,
    alarmMs,
  };

  const instance = (id: string): Instance => {
    const members = [...scalingGroups.values()].flatMap((group) => group.members());
    const found = members.find((member) => member.instance.id === id);
    if (!found)
      throw new Error(
        `Instance ${id} does not exist. Existing instances: ${members.map((each) => each.instance.id).join(", ")}.`,
      );
    return found.instance;
  };

  const launched: Instance[] = [];
  const lifetime = new Lifetime();
  const closeAll = async () => {
    await lifetime.end(STEP_LIMIT_MS);
    alarms.close();
    scalingPolicies.close();
    await connections.close();
    const stopped = await Promise.allSettled([
      ...[...scalingGroups.values()].map((group) => group.close(CLOSE_SECONDS)),
      ...launched.map((each) => each.terminate(CLOSE_SECONDS)),
      databases.close(),
      loadBalancing.close(),
      api.close(),
    ]);
    functions.close();
    await guard.release();
    const failures = stopped.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    if (failures.length > 0)
      throw new AggregateError(failures, `The simulator could not stop everything: ${failures.join("; ")}`);
  };
  let closed: Promise<void> | undefined;

  return {
    providers: {
      aws: new SimulatorProvider(world, awsServices, lifetime),
      random: new SimulatorProvider(world, randomServices, lifetime),
    },
    endpoint: api.endpoint,
    certificateAuthority: authority.certificate,
    resolve: (name) => resolveName(world, name),
    databaseAuthority: certificate.certificate,
    events,
    instances: () =>
      [...scalingGroups].flatMap(([group, scaling]) =>
        scaling.members().map(({ instance, state: lifecycle }) => {
          const { id, state, launchedAt, port, pid, template, logFile } = instance;
          const launchTemplate = { id: template.id, version: template.version };
          const { imageId, tags } = template;
          const healthy = scaling.isHealthy(instance);
          return {
            ...{ id, group, lifecycle, state, launchedAt, healthy, port, pid },
            ...{ launchTemplate, imageId, tags, logFile },
          };
        }),
      ),
    killInstance: (id) => instance(id).kill(),
    loseInstance: (id) => instance(id).lose(),
    crashInstance: (id) => instance(id).signal("SIGKILL"),
    freezeInstance: (id) => instance(id).signal("SIGSTOP"),
    thawInstance: (id) => instance(id).signal("SIGCONT"),
    async launchInstance(userData) {
      const template = {
        ...{ id: awsId("lt"), version: 1, imageId: undefined, tags: {} },
        userData: Buffer.from(userData).toString("base64"),
      };
      const started = await Instance.launch(template, world.instanceHost);
      launched.push(started);
      return started;
    },
    createDatabase: (identifier, settings) => databases.create(identifier, settings),
    putSecret(name, value) {
      const arn = account.arn("secretsmanager", `secret:${name}`);
      if (!secrets.has(arn)) secrets.create(arn, name);
      secrets.put(arn, value);
      return arn;
    },
    scalingGroup(name) {
      const group = scalingGroups.get(name);
      if (!group)
        throw new Error(
          `Auto Scaling group ${name} does not exist. Existing groups: ${[...scalingGroups.keys()].join(", ")}.`,
        );
      return group;
    },
    balancers: () => loadBalancing.balancers(),
    targetHealth: (arn) => loadBalancing.health(arn),
    databases: () => databases.all(),
    failOverDatabase: (identifier, downMs) => databases.failOver(identifier, downMs),
    alarms: () => alarms.report(),
    setAlarmState: (name, state) => alarms.force(name, state),
    messages: () => world.messages,
    functionNames: () => functions.names(),
    logDirectory: join(directory, "logs"),
    secretValues: () => [
      ...secrets.values(),
      ...[...databases.all().values()].map(({ password }) => password),
    ],
    setFunctionFault: (name, fault) => functions.setFault(name, fault),
    deferFunction: (name, result) => functions.defer(name, result),
    publishImage: () => world.images.publish(),
    deregisterImage: (id) => world.images.deregister(id),
    denyAction: (action) => void world.deniedActions.add(action),
    allowAction: (action) => void world.deniedActions.delete(action),
    resourceCounts: () => world.resources.counts(),
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
