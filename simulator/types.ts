import type { EventEmitter } from "node:events";
import type { Provider, Providers } from "../engine/deploy/provider";
import type { DatabaseSettings } from "./database/databases";
import type { PostgresServer } from "./database/postgres-server";
import type { DeferredInvocations, FunctionFault } from "./functions/functions";
import type { Instance, InstanceState } from "./instances/instance";
import type { LifecycleState, ScalingGroup } from "./instances/scaling-group";
import type { Balancer, TargetHealthDescription } from "./load-balancer/types";
import type { BusEvent, TopicMessage } from "./messages";
import type { AlarmReport, AlarmState } from "./monitoring/alarms";
import type { SimulatorEvents } from "./world";

export interface SimulatorOptions {
  /** Folder for instances, functions, buckets and logs. It is created if missing. */
  readonly directory: string;
  /**
   * Divisor of AWS's own times: health checks, deregistration delays, grace periods, alarm periods, limits of waits.
   * Times that the application defines are not divided.
   *
   * @default 1
   */
  readonly timeScale?: number;
  /**
   * Divisor of the periods of alarms alone. With 30, a period of a minute lasts 2 s, while health checks and drains keep
   * their real time.
   *
   * @default timeScale
   */
  readonly alarmTimeScale?: number;
  /**
   * Time between the launch of an instance and the start of its services, in seconds, 0 or more. It is not divided by
   * `timeScale`.
   *
   * @default 0
   */
  readonly bootSeconds?: number;
  /** @default eu-central-1 */
  readonly region?: string;
  /**
   * S3 buckets that exist from the start.
   *
   * @default none
   */
  readonly buckets?: readonly string[];
  /**
   * Additional environment variables for every instance and function.
   *
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Gives databases a DNS name instead of an address, as on AWS, so that a failover can change the address. Only
   * processes of Node.js resolve such names.
   *
   * @default false
   */
  readonly databaseNames?: boolean;
}

export interface InstanceReport {
  readonly id: string;
  readonly group: string;
  readonly lifecycle: LifecycleState;
  /** Time of the launch, in milliseconds since the epoch. */
  readonly launchedAt: number;
  readonly state: InstanceState;
  /** True if it is healthy in every target group of its Auto Scaling group. */
  readonly healthy: boolean;
  readonly port: number;
  /** Process id of the instance's service; undefined while the service is not running. */
  readonly pid: number | undefined;
  readonly launchTemplate: { readonly id: string; readonly version: number };
  /** Undefined if the launch template names no image. */
  readonly imageId: string | undefined;
  /** Tags of the instance, from its launch template. */
  readonly tags: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface Simulator {
  /** The simulated providers `aws` and `random`. */
  readonly providers: Providers & { readonly aws: Provider; readonly random: Provider };
  /** URL of the simulated AWS API. */
  readonly endpoint: string;
  readonly events: EventEmitter<SimulatorEvents>;
  instances(): InstanceReport[];
  /** Kills all processes of the instance immediately. Its Auto Scaling group replaces the instance. */
  killInstance(id: string): Promise<void>;
  /**
   * Kills all processes of the instance, as a failure of its host does. Health checks of the load balancer notice it; EC2
   * still reports the instance as running.
   */
  loseInstance(id: string): Promise<void>;
  /** Kills the instance's service process. It is restarted if its systemd unit says so. */
  crashInstance(id: string): void;
  /** Stops the service process (SIGSTOP) until thawInstance() is called: connections stay open without a response. */
  freezeInstance(id: string): void;
  thawInstance(id: string): void;
  /**
   * Launches an instance outside of all Auto Scaling groups and load balancers. It runs until it is terminated, or until
   * close().
   *
   * @param userData plain text
   * @throws Error if the user data needs a feature that the simulator does not support
   */
  launchInstance(userData: string): Promise<Instance>;
  /** Starts a database without a program that declares it. */
  createDatabase(identifier: string, settings: DatabaseSettings): Promise<PostgresServer>;
  /** Stores the value of a secret, and creates the secret if there is none. @returns the ARN of the secret */
  putSecret(name: string, value: string): string;
  /** Finds an Auto Scaling group by name, for example to set its desired capacity. */
  scalingGroup(name: string): ScalingGroup;
  /** Load balancers by ARN. Call dropNode() and setLatency() to inject faults. */
  balancers(): ReadonlyMap<string, Balancer>;
  /** Authority of the certificates that ACM issues, in PEM form. Functions trust it. */
  readonly certificateAuthority: string;
  /**
   * The address behind a DNS name: that of a load balancer, for its own name or an alias of Route 53.
   *
   * @returns undefined if there is no such name
   */
  resolve(name: string): { readonly host: string; readonly port: number } | undefined;
  /** @throws AwsError if the target group does not exist */
  targetHealth(targetGroupArn: string): readonly TargetHealthDescription[];
  /** Certificate authority of the databases, in PEM form. */
  readonly databaseAuthority: string;
  /** PostgreSQL servers by DB instance identifier. Call restart() and halt() to inject faults. */
  databases(): ReadonlyMap<string, PostgresServer>;
  /**
   * Crashes a database, and starts it after `downMs` with another address, as the standby of a Multi-AZ deployment takes
   * over. Needs `databaseNames`, because clients find the new address by its name.
   */
  failOverDatabase(identifier: string, downMs: number): Promise<void>;
  alarms(): AlarmReport[];
  /**
   * Forces the state of an alarm, or returns it to its metrics with `undefined`. A missing alarm is created, as if
   * another stack had declared it.
   */
  setAlarmState(name: string, state: AlarmState | undefined): void;
  /** Events on the event bus and messages to topics, oldest first. */
  messages(): { readonly events: readonly BusEvent[]; readonly notifications: readonly TopicMessage[] };
  functionNames(): string[];
  /** Folder with the logs of instances (`<id>.log`) and functions (`lambda-<name>.log`). */
  readonly logDirectory: string;
  /** Every password and token that the simulator knows, for example to remove them from logs. */
  secretValues(): string[];
  /** Breaks a function: its invocations fail, or hang until their timeout. `undefined` repairs it. */
  setFunctionFault(name: string, fault: FunctionFault | undefined): void;
  /**
   * Answers the invocations of a function with `result` and keeps their inputs, until its `end` is called. A step of a
   * program then goes on as if the function had run.
   */
  deferFunction(name: string, result: unknown): DeferredInvocations;
  /** Publishes a newer machine image under the public parameters of Amazon Linux, and returns its id. */
  publishImage(): string;
  /** Deregisters a machine image: no instance can be launched from it any more. */
  deregisterImage(id: string): void;
  /** Rejects an action of the API, such as `lambda:InvokeFunction`, until it is allowed again. */
  denyAction(action: string): void;
  allowAction(action: string): void;
  /** Number of resources of each type. */
  resourceCounts(): Record<string, number>;
  /** Stops everything within seconds. Calling it again is allowed. Logs stay in the directory. */
  close(): Promise<void>;
}
