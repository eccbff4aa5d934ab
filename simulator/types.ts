import type { EventEmitter } from "node:events";
import type { Provider, Providers } from "../engine/deploy/provider";
import type { PostgresServer } from "./database/postgres-server";
import type { InstanceState } from "./instances/instance";
import type { LifecycleState, ScalingGroup } from "./instances/scaling-group";
import type { Balancer } from "./load-balancer/types";
import type { AlarmReport } from "./monitoring/alarms";
import type { SimulatorEvents } from "./world";

export interface SimulatorOptions {
  /** Folder for instances, functions, buckets and logs; created if missing. */
  readonly directory: string;
  /**
   * AWS's own times are divided by this: health checks, deregistration delays, grace periods, alarm periods, limits
   * of waits. Times of the programs themselves are not.
   *
   * @default 1
   */
  readonly timeScale?: number;
  /** @default eu-central-1 */
  readonly region?: string;
  /**
   * Variables that every instance and function gets besides its own.
   *
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface InstanceReport {
  readonly id: string;
  readonly group: string;
  readonly lifecycle: LifecycleState;
  readonly state: InstanceState;
  readonly port: number;
  /** Process id of its service; undefined while that does not run. */
  readonly pid: number | undefined;
  readonly launchTemplate: { readonly id: string; readonly version: number };
  readonly logFile: string;
}

export interface Simulator {
  /** Providers for the engine. */
  readonly providers: Providers & { readonly aws: Provider; readonly random: Provider };
  /** Endpoint of the local AWS API. */
  readonly endpoint: string;
  readonly events: EventEmitter<SimulatorEvents>;
  instances(): InstanceReport[];
  /** Ends the instance and all its processes at once; its group replaces it. */
  killInstance(id: string): Promise<void>;
  /** Kills its process; systemd starts it again if its unit says so. */
  crashInstance(id: string): void;
  /** Stops its process (SIGSTOP) until it is thawed: connections stay open without a response. */
  freezeInstance(id: string): void;
  thawInstance(id: string): void;
  /** Auto Scaling groups by name, to set the desired capacity. */
  scalingGroup(name: string): ScalingGroup;
  /** By ARN. */
  balancers(): ReadonlyMap<string, Balancer>;
  /** PEM; with it clients can verify the databases' certificates. */
  readonly databaseAuthority: string;
  /** By identifier; restart() and stop() inject faults. */
  databases(): ReadonlyMap<string, PostgresServer>;
  alarms(): AlarmReport[];
  /** Number of resources of each type. */
  resourceCounts(): Record<string, number>;
  /** Stops everything that runs, in seconds. It can be called again. Logs stay in the directory. */
  close(): Promise<void>;
}
