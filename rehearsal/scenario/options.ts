export const ENGINE_NAMES = ["cli", "in-process"] as const;
/**
 * The engine that runs the program: the Pulumi CLI on the PATH, as in production, or the engine of this repository,
 * in this process.
 */
export type EngineName = (typeof ENGINE_NAMES)[number];

export interface RehearsedVersion {
  readonly version: string;
  /** Id of the last contract script to run once this version is live and the older one is retired. */
  readonly contractThrough?: string;
}

export interface RehearsalOptions {
  /** The folder that contains Pulumi.yaml. */
  readonly programDirectory: string;
  /**
   * The stack whose settings the rehearsal uses: Pulumi.<stack>.yaml.
   *
   * @default dev
   */
  readonly stack?: string;
  /** The first version is deployed before the load starts. The others are released one after the other. */
  readonly versions: readonly RehearsedVersion[];
  readonly requestsPerSecond: number;
  /**
   * File of journeys. They replace the journeys of the application that only read.
   *
   * @default none
   */
  readonly journeysFile?: string;
  /** Seed of the load: the same seed gives the same requests in the same order. */
  readonly seed: number;
  /** Command that repeats the run, for its record. */
  readonly command: string;
  /** Traffic of a new version before it receives all of it, 0-99; 0 for no canary. */
  readonly canaryPercent: number;
  /** Time for which the watch observes each traffic shift, 0-600; 0 for no watch. */
  readonly bakeSeconds: number;
  /**
   * Divisor of the periods of alarms, so that an alarm can go off during `bakeSeconds`.
   *
   * @default 1, as on AWS
   */
  readonly alarmTimeScale?: number;
  /**
   * Divisor of AWS's other times, such as the intervals of health checks.
   *
   * @default 1, as on AWS
   */
  readonly timeScale?: number;
  /** Time between the launch of an instance and the start of its services, 0-300; 0 for none. */
  readonly bootSeconds: number;
  readonly uploadSeconds: number;
  /**
   * Deregistration delay of the target groups. It must be longer than an upload. The application closes its
   * WebSockets within half of this time.
   */
  readonly drainSeconds: number;
  /** @default the Pulumi CLI if it is on the PATH, otherwise the engine in this process */
  readonly engine?: EngineName;
  /** True to run `up` once more at the end and check that it changes nothing. */
  readonly again: boolean;
}
