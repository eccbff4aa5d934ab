import type { PlainProperties } from "../values/plain-values";

/**
 * A resource provider. It has the shape of `Provider` in `@pulumi/pulumi/provider`, so that the same object can also
 * be served to the Pulumi CLI.
 *
 * Values are plain. Secrets are unwrapped, and the engine marks them again in results. A resource reference is the
 * resource's id or, for a component, its URN. In a preview, an input that is unknown until apply is `UNKNOWN_INPUT`.
 *
 * Every method may throw; the message becomes the error of the resource's step.
 */
export interface Provider {
  /**
   * Validates inputs and adds defaults. Reported failures stop the update.
   *
   * `olds` are the checked inputs of the last update, or `{}` for a new resource.
   *
   * @default the inputs are accepted unchanged
   */
  check?(urn: string, olds: PlainProperties, news: PlainProperties): Promise<ProviderCheckResult>;

  /**
   * Reports the effect of an update of an existing resource.
   *
   * `olds` are the last inputs overlaid by the last outputs; `news` are the new checked inputs.
   *
   * @default any difference of the inputs is an update
   */
  diff?(id: string, urn: string, olds: PlainProperties, news: PlainProperties): Promise<ProviderDiffResult>;

  /**
   * Creates the resource.
   *
   * @throws InitializationError if the resource was created but failed to initialize. After any other error the
   * resource counts as not created.
   */
  create(urn: string, inputs: PlainProperties, context?: CallContext): Promise<ProviderCreateResult>;

  /**
   * Reads the resource. A result without `id` means that the resource no longer exists.
   *
   * @default the resource is not refreshed
   */
  read?(id: string, urn: string, props: PlainProperties, context?: CallContext): Promise<ProviderReadResult>;

  /**
   * Updates the resource in place. `olds` are the same as for {@link diff}.
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

  /** Deletes the resource. It must not throw if the resource no longer exists. */
  delete?(id: string, urn: string, props: PlainProperties, context?: CallContext): Promise<void>;

  invoke?(token: string, args: PlainProperties): Promise<ProviderInvokeResult>;
}

/** Providers by package name, the part of a type token before the first colon: `{ aws, random }`. */
export type Providers = Readonly<Record<string, Provider>>;

export interface CallContext {
  /** Aborts when the update is aborted, and when the resource's `customTimeouts` are exceeded. */
  readonly signal: AbortSignal;
}

export interface ProviderCheckResult {
  inputs?: PlainProperties;
  failures?: CheckFailure[];
}

export interface CheckFailure {
  /** Path of the invalid property; empty if the failure concerns the whole resource. */
  property: string;
  reason: string;
}

export interface ProviderDiffResult {
  /**
   * The resource needs an update or a replacement.
   *
   * @default true if the inputs differ
   */
  changes?: boolean;
  replaces?: string[];
  /**
   * Delete the old resource before its replacement is created. The program's resource option overrides this value.
   */
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
