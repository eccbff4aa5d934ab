import type { ProgramEvent } from "../program/program-process";
import type { ConfigValue } from "../program/stack-config";
import type { ChangeCounts, Step } from "../state/step";
import type { Properties } from "../values/values";
import { readableFunctionError } from "./function-error";

/** Deploys a Pulumi program. One implementation runs in this process, the other one uses the Pulumi CLI. */
export interface Engine {
  /** Reports what `up` would do, without changing anything. */
  preview(options?: UpdateOptions): Promise<UpdateResult>;
  up(options?: UpdateOptions): Promise<UpdateResult>;
  /** Deletes all resources, or none if one of them is protected. */
  destroy(options?: UpdateOptions): Promise<UpdateResult>;
  /**
   * The stack's outputs; `{}` before the first update.
   *
   * A successful update replaces all of them. A failed update overwrites only those that the program had registered
   * before the failure; a program registers all its outputs at once, when the last one is known.
   *
   * @see https://github.com/pulumi/pulumi/pull/15754
   */
  outputs(options?: { showSecrets?: boolean }): Promise<Record<string, unknown>>;
  /** The recorded resources and outputs as plain data, with secrets masked or encrypted. */
  exportState(): Promise<unknown>;
  /** Sets a config value for all later updates. The key includes its namespace: `project:key`. */
  setConfig(key: string, value: ConfigValue): Promise<void>;
}

export interface UpdateOptions {
  /** Config for this run only, with full keys (`project:key`). It overrides `setConfig` and the stack's file. */
  readonly config?: Readonly<Record<string, ConfigValue>>;
  /**
   * Refresh the state from the providers before the run.
   *
   * @default `options.refresh` of Pulumi.yaml, else false
   */
  readonly refresh?: boolean;
  readonly onEvent?: (event: EngineEvent) => void;
  /**
   * Aborts the update: running provider calls receive the signal, and no further call starts. Finished steps stay in
   * the state.
   */
  readonly signal?: AbortSignal;
}

export type EngineEvent =
  | ProgramEvent
  | { readonly type: "step-start"; readonly step: Step }
  | { readonly type: "step-end"; readonly step: Step }
  /** A warning of the engine, or the reason why the update failed. */
  | {
      readonly type: "diagnostic";
      readonly severity: "warning" | "error";
      readonly message: string;
      readonly urn?: string;
    };

export interface UpdateResult {
  /** Steps in dependency order, ties sorted by URN. Deletes come last, in the order in which they ran. */
  readonly steps: readonly Step[];
  readonly changes: ChangeCounts;
  /** Outputs of the stack. They may contain `Secret` and, after a preview, `Unknown`. */
  readonly outputs: Properties;
  readonly durationMs: number;
}

/** A resource failed, or the update was rejected or aborted. The next update continues from the recorded state. */
export class UpdateFailedError extends Error {
  override readonly name = "UpdateFailedError";

  constructor(
    message: string,
    /** The finished steps, and the failed ones with their `error`. */
    readonly steps: readonly Step[],
    /** The first resource that failed. Absent if the update was rejected or aborted. */
    readonly failed?: Step,
  ) {
    super(readableFunctionError(message));
  }
}
