import type { PlainProperties } from "../values/plain-values";

/**
 * What the engine needs of a provider. It has the shape of `Provider` in `@pulumi/pulumi/provider`, so that one
 * object can also be served to the Pulumi CLI over gRPC.
 *
 * All values are plain: secrets come unwrapped (the engine remembers which they were), resource references come as
 * the resource's id (components: the URN), and assets as {@link PlainAsset}. In a preview an input that is not known
 * yet is the string {@link UNKNOWN_INPUT}, as the CLI sends it; outside of previews no input is unknown.
 *
 * Every method may throw: the message becomes the failure of the resource's step.
 */
export interface Provider {
  /**
   * Validates and completes inputs before anything happens. Failures stop the update.
   * `olds` are the checked inputs of the last update, `{}` for a new resource. Default: inputs as they are.
   */
  check?(urn: string, olds: PlainProperties, news: PlainProperties): Promise<ProviderCheckResult>;

  /**
   * Tells what an update would do. `olds` holds the last inputs overlaid by the last outputs; `news` the checked new
   * inputs. Called only for a resource that exists. Default: the engine compares old and new inputs, and any
   * difference is an update.
   */
  diff?(id: string, urn: string, olds: PlainProperties, news: PlainProperties): Promise<ProviderDiffResult>;

  /**
   * Creates the resource. When it throws, the resource counts as not created, unless the error is an
   * {@link InitializationError}, which says that it exists but is not well.
   */
  create(urn: string, inputs: PlainProperties, context?: CallContext): Promise<ProviderCreateResult>;

  /** Reads the live state. No `id` in the result means that the resource is gone. Without it nothing is refreshed. */
  read?(id: string, urn: string, props: PlainProperties, context?: CallContext): Promise<ProviderReadResult>;

  /** Updates in place. `olds` as in {@link diff}. Default: every change replaces the resource. */
  update?(
    id: string,
    urn: string,
    olds: PlainProperties,
    news: PlainProperties,
    context?: CallContext,
  ): Promise<ProviderUpdateResult>;

  /** Deletes. A resource that is gone already counts as deleted: do not throw. Default: nothing to delete. */
  delete?(id: string, urn: string, props: PlainProperties, context?: CallContext): Promise<void>;

  /** Answers a data source. */
  invoke?(token: string, args: PlainProperties): Promise<ProviderInvokeResult>;
}

/** Providers by package name, the part of a type token before the first colon: `{ aws, random }`. */
export type Providers = Readonly<Record<string, Provider>>;

/** Limits of one call. A provider that waits must stop when the signal aborts. */
export interface CallContext {
  /** Aborts when the caller gave up or when the resource's `customTimeouts` are over. */
  readonly signal: AbortSignal;
}

export interface ProviderCheckResult {
  inputs?: PlainProperties;
  failures?: CheckFailure[];
}

export interface CheckFailure {
  /** Property path; empty when it concerns the resource as a whole. */
  property: string;
  reason: string;
}

export interface ProviderDiffResult {
  /** Whether anything must be done. Default: whether the inputs differ. */
  changes?: boolean;
  /** Property paths that can only change by replacing the resource. */
  replaces?: string[];
  /** Delete the old resource before the new one is created. The program's own option wins. */
  deleteBeforeReplace?: boolean;
  /** Outputs (top-level names) that the update may change; a preview shows them as unknown. Default: none. */
  unknowns?: string[];
}

export interface ProviderCreateResult {
  id: string;
  outs?: PlainProperties;
}

export interface ProviderReadResult {
  id?: string;
  props?: PlainProperties;
  /** Inputs that would lead to the state that was read. */
  inputs?: PlainProperties;
}

export interface ProviderUpdateResult {
  outs?: PlainProperties;
}

export interface ProviderInvokeResult {
  outputs?: PlainProperties;
  failures?: CheckFailure[];
}

/**
 * Thrown by `create` or `update` when the resource exists but did not become well. It is recorded with the reasons,
 * the update fails, and the next one updates it again.
 */
export class InitializationError extends Error {
  override readonly name = "InitializationError";

  constructor(
    readonly id: string,
    readonly properties: PlainProperties,
    readonly reasons: readonly string[],
  ) {
    super(reasons.join("; "));
  }
}
