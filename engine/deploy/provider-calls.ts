import type { DataSourceResult } from "../program/registration";
import type { ResourceState } from "../state/stack-state";
import { packageOf, typeOfUrn } from "../state/urn";
import { propertiesFromWire, toPlain } from "../values/codec";
import type { PlainProperties } from "../values/plain-values";
import { diffValues } from "../values/property-diff";
import { formatPath } from "../values/property-path";
import { markSecrets, withoutSecrets } from "../values/secrecy";
import type { Properties } from "../values/values";
import { Slots, withDeadline } from "./call-limits";
import {
  type CallContext,
  type CheckFailure,
  InitializationError,
  type Provider,
  type ProviderDiffResult,
  type Providers,
} from "./provider";

export interface CallLimits {
  readonly parallel: number;
  /** Limit of one call, in seconds, unless the resource has `customTimeouts`. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface CreatedResource {
  readonly id: string;
  readonly outputs: Properties;
  readonly initErrors?: readonly string[];
}

export class CheckFailedError extends Error {
  constructor(readonly failures: readonly CheckFailure[]) {
    super(failures.map(checkFailureText).join("; "));
  }
}

/** Adds the property to a reason that does not already begin with it. */
function checkFailureText({ property, reason }: CheckFailure): string {
  return property && !reason.startsWith(property) ? `${property}: ${reason}` : reason;
}

/** Calls providers: converts values, marks secrets in results, and limits the duration and number of calls. */
export class ProviderCalls {
  private readonly slots: Slots;

  constructor(
    private readonly providers: Providers,
    private readonly limits: CallLimits,
    private readonly directory: string,
  ) {
    this.slots = new Slots(limits.parallel);
  }

  async check(urn: string, olds: Properties, news: Properties): Promise<Properties> {
    const provider = this.providerOf(typeOfUrn(urn));
    if (provider.check === undefined) return news;
    const result = await this.limited(async () => provider.check?.(urn, toPlain(olds), toPlain(news)));
    const failures = result?.failures ?? [];
    if (failures.length > 0) throw new CheckFailedError(failures);
    return result?.inputs === undefined ? news : markSecrets(this.fromPlain(result.inputs), news);
  }

  async diff(old: ResourceState, news: Properties): Promise<ProviderDiffResult> {
    const provider = this.providerOf(old.type);
    const { id, urn, inputs, outputs } = old;
    const result =
      provider.diff === undefined
        ? {}
        : await this.limited(async () =>
            provider.diff?.(id ?? "", urn, toPlain({ ...inputs, ...outputs }), toPlain(news)),
          );
    if (provider.update !== undefined) return result ?? {};
    const paths = diffValues(inputs, news).map(({ path }) => formatPath(path));
    return { ...result, replaces: [...(result?.replaces ?? []), ...paths] };
  }

  async create(
    urn: string,
    inputs: Properties,
    secretKeys: readonly string[],
    seconds?: number,
  ): Promise<CreatedResource> {
    const provider = this.providerOf(typeOfUrn(urn));
    const call = async () => {
      const { id, outs } = await this.limited(
        (context) => provider.create(urn, toPlain(inputs), context),
        seconds,
      );
      if (typeof id !== "string" || id === "")
        throw new Error("The provider returned no id for the created resource.");
      return { id, outs };
    };
    return this.readResult(call, inputs, secretKeys);
  }

  async update(
    old: ResourceState,
    news: Properties,
    secretKeys: readonly string[],
    seconds?: number,
  ): Promise<CreatedResource> {
    const provider = this.providerOf(old.type);
    const id = old.id ?? "";
    const olds = { ...old.inputs, ...old.outputs };
    const call = async () => {
      const update = async (context: CallContext) =>
        provider.update?.(id, old.urn, toPlain(olds), toPlain(news), context);
      return { id, outs: (await this.limited(update, seconds))?.outs };
    };
    return this.readResult(call, news, secretKeys, { ...olds, ...news });
  }

  async delete(resource: ResourceState): Promise<void> {
    const provider = this.providerOf(resource.type);
    const props = toPlain({ ...resource.inputs, ...resource.outputs });
    const call = async (context: CallContext) =>
      provider.delete?.(resource.id ?? "", resource.urn, props, context);
    try {
      await this.limited(call, resource.timeouts?.delete);
    } catch (error) {
      throw redacted(error, { ...resource.inputs, ...resource.outputs });
    }
  }

  /** Reads a resource; undefined if it no longer exists. */
  async read(
    urn: string,
    id: string,
    props: Properties,
    secretKeys: readonly string[] = [],
  ): Promise<{ id: string; outputs: Properties; inputs?: Properties } | undefined | "unsupported"> {
    const provider = this.providerOf(typeOfUrn(urn));
    if (provider.read === undefined) return "unsupported";
    const result = await this.limited(async (context) => provider.read?.(id, urn, toPlain(props), context));
    if (result === undefined || !result.id) return undefined;
    const outputs = markSecrets(this.fromPlain(result.props ?? toPlain(props)), props, secretKeys);
    if (result.inputs === undefined) return { id: result.id, outputs };
    return { id: result.id, outputs, inputs: markSecrets(this.fromPlain(result.inputs), props) };
  }

  async invoke(token: string, args: Properties): Promise<DataSourceResult> {
    const provider = this.providerOf(token);
    if (provider.invoke === undefined) throw new Error(`The provider of ${token} has no data sources.`);
    const result = await this.limited(async () => provider.invoke?.(token, toPlain(args)));
    return { outputs: this.fromPlain(result?.outputs), failures: result?.failures };
  }

  hasProvider(token: string): boolean {
    return this.providers[packageOf(token)] !== undefined;
  }

  private providerOf(token: string): Provider {
    const name = packageOf(token);
    const provider = this.providers[name];
    if (provider !== undefined) return provider;
    const known = Object.keys(this.providers).sort().join(", ") || "none";
    throw new Error(`There is no provider for package "${name}" (${token}); providers given: ${known}.`);
  }

  private async readResult(
    call: () => Promise<{ id: string; outs?: PlainProperties }>,
    inputs: Properties,
    secretKeys: readonly string[],
    like: Properties = inputs,
  ): Promise<CreatedResource> {
    const outputs = (outs: PlainProperties) =>
      markSecrets(outs === undefined ? inputs : this.fromPlain(outs), like, secretKeys);
    try {
      const { id, outs } = await call();
      return { id, outputs: outputs(outs) };
    } catch (error) {
      if (!(error instanceof InitializationError)) throw redacted(error, like);
      const initErrors = error.reasons.map((reason) => withoutSecrets(reason, like));
      return { id: error.id, outputs: outputs(error.properties), initErrors };
    }
  }

  private fromPlain(plain: PlainProperties): Properties {
    return propertiesFromWire(plain, this.directory);
  }

  private limited<T>(call: (context: CallContext) => Promise<T>, seconds?: number): Promise<T> {
    const { timeoutSeconds, signal } = this.limits;
    return this.slots.run(() =>
      withDeadline((each) => call({ signal: each }), seconds ?? timeoutSeconds, signal),
    );
  }
}

/** Providers repeat inputs in their errors, and errors are shown and recorded. */
function redacted(error: unknown, properties: Properties): unknown {
  if (error instanceof Error) error.message = withoutSecrets(error.message, properties);
  return error;
}
