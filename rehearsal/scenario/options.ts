export const ENGINE_NAMES = ["cli", "in-process"] as const;
/** The engine that runs the program: the Pulumi CLI on the PATH, as in production, or the one of this process. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** A version that is released, and the last contract script that it permits. */
export interface RehearsedVersion {
  readonly version: string;
  /** Id of the last script that removes what only earlier versions need. */
  readonly contractThrough?: string;
}

export interface RehearsalOptions {
  /** The folder of Pulumi.yaml. */
  readonly programDirectory: string;
  /** The first one is deployed, the others are released one after the other. */
  readonly versions: readonly RehearsedVersion[];
  readonly requestsPerSecond: number;
  /** Time under load between two steps. */
  readonly bakeSeconds: number;
  readonly uploadSeconds: number;
  /** The target groups' deregistration delay. Longer than an upload; WebSockets are closed within half of it. */
  readonly drainSeconds: number;
  /** @default the Pulumi CLI if it is on the PATH, else this process */
  readonly engine?: EngineName;
  /** Run `up` once more at the end, which must change nothing. */
  readonly again: boolean;
}
