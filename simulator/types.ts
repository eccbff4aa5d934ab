import type { EventEmitter } from "node:events";
import type { Provider, Providers } from "../engine/deploy/provider";
import type { PostgresServer } from "./database/postgres-server";
import type { MachineState } from "./instances/machine";
import type { LifecycleState, ScalingGroup } from "./instances/scaling-group";
import type { Balancer } from "./load-balancer/types";
import type { AlarmReport } from "./monitoring/alarms";
import type { CloudEvents } from "./world";

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
