import type { ConfigValue } from "../program/stack-config";
import type { ChangeCounts, Step } from "../state/step";
import type { Properties } from "../values/values";

/** One way to run a Pulumi program; the in-process engine and the Pulumi CLI are the two. */
export interface Engine {
  /** Says what `up` would do. Changes nothing, not even the state. */
  preview(options?: UpdateOptions): Promise<UpdateResult>;
  /** Runs the program and makes its resources so. */
  up(options?: UpdateOptions): Promise<UpdateResult>;
  /** Deletes every resource of the stack. Refused as a whole, before anything, while one of them is protected. */
  destroy(options?: UpdateOptions): Promise<UpdateResult>;
  /**
   * The stack's outputs; `{}` before the first update. A successful update replaces them all. One that fails leaves
   * them, but overwrites those that the program had registered by then: it registers all at once, as soon as every one
   * is known. Source: github.com/pulumi/pulumi/pull/15754.
   */
  outputs(options?: { showSecrets?: boolean }): Promise<Record<string, unknown>>;
  /** Sets a config value for the updates to come: `setConfig("project:key", value)`. */
  setConfig(key: string, value: ConfigValue): Promise<void>;
}

export interface UpdateOptions {
  /** Config of this run alone; wins over `setConfig` and the stack's file. Keys are full: `project:key`. */
  readonly config?: Readonly<Record<string, ConfigValue>>;
  /** Read every resource from its provider first. Default: `options.refresh` of Pulumi.yaml, else false. */
  readonly refresh?: boolean;
  /** Hears of everything while it happens. */
  readonly onEvent?: (event: EngineEvent) => void;
  /** Ends the update: nothing new is started, running provider calls are told, the state is kept. */
  readonly signal?: AbortSignal;
}

export type EngineEvent =
  | { readonly type: "step-start"; readonly step: Step }
  | { readonly type: "step-end"; readonly step: Step }
  | {
      readonly type: "log";
      readonly severity: "info" | "warning" | "error";
      readonly message: string;
      /** The resource that the message is about. */
      readonly urn?: string;
    }
  /** Something the engine itself has to say: a warning, or what made the update fail. */
  | {
      readonly type: "diagnostic";
      readonly severity: "warning" | "error";
      readonly message: string;
      readonly urn?: string;
    }
  /** What the program wrote to its standard output or error. */
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly text: string };

export interface UpdateResult {
  /** In dependency order (ties by URN), deletes last in the order they are made. */
  readonly steps: readonly Step[];
  readonly changes: ChangeCounts;
  /** Secrets are `Secret`, values a preview cannot know are `Unknown`. */
  readonly outputs: Properties;
  readonly durationMs: number;
}

/** A resource could not be made so. The state holds what was done; the next update goes on from there. */
export class UpdateFailedError extends Error {
  override readonly name = "UpdateFailedError";

  constructor(
    message: string,
    /** Steps that were done, and those that failed (with `error`). */
    readonly steps: readonly Step[],
    /** The first resource that failed; absent when the update was refused or aborted as a whole. */
    readonly failed?: Step,
  ) {
    super(message);
  }
}
