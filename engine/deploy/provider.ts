import type { PlainProperties } from "../values/plain-values";

/**
 * A resource provider, with the shape of `Provider` in `@pulumi/pulumi/provider`, so that one object can also be served
 * to the Pulumi CLI.
 *
 * Values are plain: secrets are unwrapped (the engine marks them again in results), a resource reference is the
 * resource's id or, for a component, its URN. In a preview an input that is unknown until apply is `UNKNOWN_INPUT`.
 *
 * Every method may throw; the message becomes the error of the resource's step.
 */
export interface Provider {
  /**
   * Validates and completes inputs. Failures stop the update.
   *
   * `olds` are the checked inputs of the last update, `{}` for a new resource.
   *
   * @default accepts the inputs as they are
   */
  check?(urn: string, olds: PlainProperties, news: PlainProperties): Promise<ProviderCheckResult>;

  /**
   * Reports what an update of an existing resource would do.
   *
   * `olds` are the last inputs overlaid by the last outputs; `news` the new checked inputs.
   *
   * @default any difference of the inputs is an update
   */
  diff?(id: string, urn: string, olds: PlainProperties, news: PlainProperties): Promise<ProviderDiffResult>;

  /**
   * Creates the resource.
   *
   * @throws InitializationError if the resource was created but failed to initialize; after any other error it counts
   * as not created
   */
  create(urn: string, inputs: PlainProperties, context?: CallContext): Promise<ProviderCreateResult>;

  /**
   * Reads the resource. A result without `id` means that it does not exist any more.
   *
   * @default the resource is not refreshed
   */
  read?(id: string, urn: string, props: PlainProperties, context?: CallContext): Promise<ProviderReadResult>;

  /**
   * Updates in place; `olds` as in {@link diff}.
   *
   * @default every change replaces the resource
   */
  update?(
    id: string,
    urn: string,
    olds: PlainProperties,
    news: PlainProperties,
    context?: CallContext,
  ): Promise<ProviderUpdateResult>;

  /** Deletes. Must not throw for a resource that does not exist any more. */
  delete?(id: string, urn: string, props: PlainProperties, context?: CallContext): Promise<void>;

  invoke?(token: string, args: PlainProperties): Promise<ProviderInvokeResult>;
}

/** Providers by package name, the part of a type token before the first colon: `{ aws, random }`. */
export type Providers = Readonly<Record<string, Provider>>;

export interface CallContext {
  /** Aborts with the update, and when the resource's `customTimeouts` are over. */
  readonly signal: AbortSignal;
}

export interface ProviderCheckResult {
  inputs?: PlainProperties;
  failures?: CheckFailure[];
}

export interface CheckFailure {
  /** Property path; empty for a failure of the resource as a whole. */
  property: string;
  reason: string;
}

export interface ProviderDiffResult {
  /** @default true if the inputs differ */
  changes?: boolean;
  replaces?: string[];
  /** The program's own option overrides this one. */
  deleteBeforeReplace?: boolean;
  /** Top-level outputs that the update may change; a preview shows them as unknown. */
  unknowns?: string[];
}

export interface ProviderCreateResult {
  id: string;
  outs?: PlainProperties;
}

export interface ProviderReadResult {
  id?: string;
  props?: PlainProperties;
  inputs?: PlainProperties;
}

export interface ProviderUpdateResult {
  outs?: PlainProperties;
}

export interface ProviderInvokeResult {
  outputs?: PlainProperties;
  failures?: CheckFailure[];
}

/** The resource was created but failed to initialize. The update fails, and the next one updates the resource. */
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
