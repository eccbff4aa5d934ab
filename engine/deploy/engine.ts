import type { Properties, Value } from "../values/values";

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

/** Objects and arrays reach the program as JSON, as with `pulumi config set --path`. A `Secret` stays one. */
export type ConfigValue = Value;

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

export type Operation = "create" | "update" | "replace" | "delete" | "same" | "read" | "import" | "refresh";

export interface Step {
  readonly op: Operation;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** URN; absent for the stack itself. */
  readonly parent?: string;
  /** False for components and the stack, which no provider knows. */
  readonly custom: boolean;
  /** Differences of the inputs, sorted by path. Secrets are masked. */
  readonly changes: readonly PropertyChange[];
  /** Property paths (or a reason in words) that make this a replacement. */
  readonly replaceReasons: readonly string[];
  /** The program says that the resource must not be deleted. */
  readonly protect: boolean;
  /** A delete of an old resource whose replacement stands. */
  readonly replaced?: boolean;
  /** 0 in a preview. */
  readonly durationMs: number;
  readonly error?: string;
}

export interface PropertyChange {
  /** Pulumi's notation: `tags.Name`, `actions[0].targetGroups`, `tags["a.b"]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  /** Printable: a secret is `[secret]`, an unknown `[unknown]`, an asset `asset(…)`. Absent on `add`. */
  readonly old?: unknown;
  /** Absent on `delete`. */
  readonly new?: unknown;
  readonly secret: boolean;
  readonly forcesReplacement: boolean;
}

export interface UpdateResult {
  /** In dependency order (ties by URN), deletes last in the order they are made. */
  readonly steps: readonly Step[];
  readonly changes: ChangeCounts;
  /** Secrets are `Secret`, values a preview cannot know are `Unknown`. */
  readonly outputs: Properties;
  readonly durationMs: number;
}

export interface ChangeCounts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly same: number;
}

/** The program itself is wrong or refuses: it threw, rejected, ended too early or did not end. Nothing was deleted. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";

  constructor(
    message: string,
    /** Frames of the program's own files, innermost first; empty where a stack says nothing (a `RunError`). */
    readonly frames: readonly string[] = [],
    /** Steps done before it failed. */
    readonly steps: readonly Step[] = [],
    /** The program said no: the message is meant for whoever asked. The Pulumi CLI does not tell, so false there. */
    readonly refused = false,
    /** It was given up: it went on for too long without asking anything of the engine. */
    readonly late = false,
  ) {
    super(message);
  }
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

/** Something given to the engine cannot be used: project file, config, state file, key, lock. Nothing was done. */
export class EngineInputError extends Error {
  override readonly name = "EngineInputError";
}
