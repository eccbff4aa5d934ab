/** One machine as the cloud: a Pulumi provider whose load balancers, servers, databases and functions are real. */

import { EventEmitter } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Provider, Providers } from "../../engine/provider";
import { Account } from "./account";
import { AwsApi } from "./api/aws-api";
import { createBalancer } from "./balancer";
import type { Balancer } from "./balancer/types";
import { selfSignedCertificate } from "./certificate";
import { Databases } from "./databases";
import { Functions } from "./functions/functions";
import { LoadBalancing } from "./load-balancing";
import type { Machine, MachineState } from "./machines/machine";
import { Ports } from "./machines/ports";
import type { LifecycleState, ScalingGroup } from "./machines/scaling-group";
import { type AlarmReport, Alarms } from "./monitoring/alarms";
import { Metrics } from "./monitoring/metrics";
import { ObjectStore } from "./object-store";
import { type PostgresServer, startPostgres } from "./postgres-server";
import { startProcessGuard } from "./process-guard";
import { CloudProvider } from "./provider";
import { Records } from "./records";
import { Secrets } from "./secrets";
import { awsServices, randomServices } from "./services";
import type { CloudEvents, World } from "./world";

export interface CloudOptions {
  /** For what instances, functions and buckets keep, and for the logs; made when it is not there. */
  readonly directory: string;
  /**
   * AWS's own times are divided by this: health checks, deregistration delays, grace periods, alarm periods, limits of
   * waits. Times of the programs themselves are not. Default: 1.
   */
  readonly timeScale?: number;
  /** Default: `eu-central-1`. */
  readonly region?: string;
  /** Variables that every instance and function gets on top of its own. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface InstanceReport {
  readonly id: string;
  readonly group: string;
  readonly lifecycle: LifecycleState;
  readonly state: MachineState;
  readonly port: number;
  /** Of its service; undefined while that does not run. */
  readonly pid: number | undefined;
  readonly launchTemplate: { readonly id: string; readonly version: number };
  readonly logFile: string;
}

export interface Cloud {
  /** For the engine. */
  readonly providers: Providers & { readonly aws: Provider; readonly random: Provider };
  /** Where the local AWS API answers. */
  readonly endpoint: string;
  readonly events: EventEmitter<CloudEvents>;
  instances(): InstanceReport[];
  /** The server is lost at once with all that runs on it; its group replaces it. */
  killInstance(id: string): Promise<void>;
  /** Its process is killed; systemd starts it again if its unit says so. */
  crashInstance(id: string): void;
  /** Its process hangs until it is thawed: connections open, nobody answers. */
  freezeInstance(id: string): void;
  thawInstance(id: string): void;
  /** By name; for the number that autoscaling would set. */
  scalingGroup(name: string): ScalingGroup;
  /** By ARN. */
  balancers(): ReadonlyMap<string, Balancer>;
  /** PEM; who trusts it can verify the databases' certificates. */
  readonly databaseAuthority: string;
  /** By identifier; restart() and stop() are faults to inject. */
  databases(): ReadonlyMap<string, PostgresServer>;
  alarms(): AlarmReport[];
  /** How many resources of each type exist. */
  resourceCounts(): Record<string, number>;
  /** Stops everything that runs, in seconds, and can be called again. What was logged stays in the directory. */
  close(): Promise<void>;
}

// Instances are asked first; a rehearsal that ends has nobody left to serve.
const closeSeconds = 3;

/** Where RDS publishes its authorities. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html */
function authoritiesOfRds(region: string, authority: string): ReadonlyMap<string, string> {
  const bundles = ["global/global-bundle.pem", `${region}/${region}-bundle.pem`];
  return new Map(bundles.map((bundle) => [`https://truststore.pki.rds.amazonaws.com/${bundle}`, authority]));
}

/** Starts a cloud without any resource in it. Close it, also after an error. */
export async function createCloud(options: CloudOptions): Promise<Cloud> {
  const { directory, timeScale = 1, region = "eu-central-1" } = options;
  if (!(timeScale > 0 && Number.isFinite(timeScale))) {
    throw new Error(`timeScale is ${timeScale}; it is a number above 0, and 1 is real time`);
  }
  mkdirSync(directory, { recursive: true });
  const guard = startProcessGuard();
  const account = new Account(region);
  const loadBalancing = new LoadBalancing(createBalancer, timeScale);
  const objects = new ObjectStore(join(directory, "objects"));
  const secrets = new Secrets();
  const api = await AwsApi.start({ secrets, loadBalancing, objects });
  const environment = {
    AWS_REGION: region,
    AWS_ENDPOINT_URL: api.endpoint,
    AWS_ACCESS_KEY_ID: "rehearsal",
    AWS_SECRET_ACCESS_KEY: "rehearsal",
    AWS_EC2_METADATA_DISABLED: "true",
    ...options.environment,
  };
  const events = new EventEmitter<CloudEvents>();
  const certificate = selfSignedCertificate("one-machine cloud", "127.0.0.1");
  const authorityFile = join(directory, "authorities.pem");
  writeFileSync(authorityFile, certificate.certificate);
  const runtimeFiles = { "/var/runtime/ca-cert.pem": authorityFile };
  const functions = new Functions({ directory, guard, environment, runtimeFiles });
  const alarms = new Alarms(new Metrics(loadBalancing), (alarm) => events.emit("alarm", alarm));
  const databases = new Databases(startPostgres, certificate);
  const scalingGroups = new Map<string, ScalingGroup>();
  const world: World = {
    account,
    records: new Records(),
    loadBalancing,
    launchTemplates: new Map(),
    scalingGroups,
    machineRoom: {
      directory,
      region,
      ports: new Ports(),
      guard,
      boot: { objects, web: authoritiesOfRds(region, certificate.certificate) },
      environment,
    },
    databases,
    functions,
    objects,
    secrets,
    alarms,
    events,
    scaledMs: (seconds) => (seconds * 1000) / timeScale,
  };

  const machine = (id: string): Machine => {
    const members = [...scalingGroups.values()].flatMap((group) => group.members());
    const found = members.find((member) => member.machine.id === id);
    if (!found)
      throw new Error(`no instance ${id}; there are ${members.map((each) => each.machine.id).join(", ")}`);
    return found.machine;
  };

  const closeAll = async () => {
    alarms.close();
    const stopped = await Promise.allSettled([
      ...[...scalingGroups.values()].map((group) => group.close(closeSeconds)),
      functions.close(),
      databases.close(),
      loadBalancing.close(),
      api.close(),
    ]);
    await guard.release();
    const failures = stopped.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    if (failures.length > 0)
      throw new AggregateError(failures, `not everything stopped: ${failures.join("; ")}`);
  };
  let closed: Promise<void> | undefined;

  return {
    providers: {
      aws: new CloudProvider(world, awsServices),
      random: new CloudProvider(world, randomServices),
    },
    endpoint: api.endpoint,
    databaseAuthority: certificate.certificate,
    events,
    instances: () =>
      [...scalingGroups].flatMap(([group, scaling]) =>
        scaling
          .members()
          .map(({ machine: { id, state, port, pid, template, logFile }, state: lifecycle }) => {
            const launchTemplate = { id: template.id, version: template.version };
            return { id, group, lifecycle, state, port, pid, launchTemplate, logFile };
          }),
      ),
    killInstance: (id) => machine(id).kill(),
    crashInstance: (id) => machine(id).signal("SIGKILL"),
    freezeInstance: (id) => machine(id).signal("SIGSTOP"),
    thawInstance: (id) => machine(id).signal("SIGCONT"),
    scalingGroup(name) {
      const group = scalingGroups.get(name);
      if (!group)
        throw new Error(`no Auto Scaling Group ${name}; there are ${[...scalingGroups.keys()].join(", ")}`);
      return group;
    },
    balancers: () => loadBalancing.balancers(),
    databases: () => databases.all(),
    alarms: () => alarms.report(),
    resourceCounts: () => world.records.counts(),
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}
