import type { ProgramEvent } from "../program/program-process";
import type { ConfigValue } from "../program/stack-config";
import type { ChangeCounts, Step } from "../state/step";
import type { Properties } from "../values/values";

/** Deploys a Pulumi program. Implemented in-process and by the Pulumi CLI. */
export interface Engine {
  /** Reports what `up` would do, without changing anything. */
  preview(options?: UpdateOptions): Promise<UpdateResult>;
  up(options?: UpdateOptions): Promise<UpdateResult>;
  /** Deletes all resources, or none if one of them is protected. */
  destroy(options?: UpdateOptions): Promise<UpdateResult>;
  /**
   * The stack's outputs; `{}` before the first update.
   *
   * A successful update replaces them all. A failed one overwrites only those that the program had registered by then;
   * it registers all at once, when the last is known.
   *
   * @see https://github.com/pulumi/pulumi/pull/15754
   */
  outputs(options?: { showSecrets?: boolean }): Promise<Record<string, unknown>>;
  /** Sets a config value for all later updates; the key is full: `project:key`. */
  setConfig(key: string, value: ConfigValue): Promise<void>;
}

export interface UpdateOptions {
  /** Config of this run alone, by full key (`project:key`). Overrides `setConfig` and the stack's file. */
  readonly config?: Readonly<Record<string, ConfigValue>>;
  /**
   * Reads every resource from its provider first.
   *
   * @default `options.refresh` of Pulumi.yaml, else false
   */
  readonly refresh?: boolean;
  readonly onEvent?: (event: EngineEvent) => void;
  /** Aborts the update: running provider calls are signalled, and no new one starts. The state stays as recorded. */
  readonly signal?: AbortSignal;
}

export type EngineEvent =
  | ProgramEvent
  | { readonly type: "step-start"; readonly step: Step }
  | { readonly type: "step-end"; readonly step: Step }
  /** A warning of the engine, or the reason for a failed update. */
  | {
      readonly type: "diagnostic";
      readonly severity: "warning" | "error";
      readonly message: string;
      readonly urn?: string;
    };

export interface UpdateResult {
  /** In dependency order (ties by URN); deletes last, in the order in which they were made. */
  readonly steps: readonly Step[];
  readonly changes: ChangeCounts;
  /** Contains `Secret`, and `Unknown` after a preview. */
  readonly outputs: Properties;
  readonly durationMs: number;
}

/** A resource failed, or the update was rejected or aborted. The next update continues from the recorded state. */
export class UpdateFailedError extends Error {
  override readonly name = "UpdateFailedError";

  constructor(
    message: string,
    /** Finished steps and failed ones (with `error`). */
    readonly steps: readonly Step[],
    /** The first resource that failed; absent if the update was rejected or aborted. */
    readonly failed?: Step,
  ) {
    super(message);
  }
}
