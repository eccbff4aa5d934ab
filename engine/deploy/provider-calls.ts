import type { DataSourceResult } from "../program/registration";
import type { ResourceState } from "../state/stack-state";
import { packageOf, typeOfUrn } from "../state/urn";
import { propertiesFromWire, toPlain } from "../values/codec";
import type { PlainProperties } from "../values/plain-values";
import { diffValues } from "../values/property-diff";
import { formatPath } from "../values/property-path";
import { markSecrets } from "../values/secrecy";
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
  /** Calls that run at the same time. */
  readonly parallel: number;
  /** Limit of a create, update, delete or read, unless the resource's `customTimeouts` say otherwise. */
  readonly timeoutSeconds: number;
  /** Aborts when the caller gives up. */
  readonly signal: AbortSignal;
}

export interface Made {
  readonly id: string;
  readonly outputs: Properties;
  /** Why the resource exists but is not well. */
  readonly initErrors?: readonly string[];
}

/** A provider refused inputs. */
export class CheckFailedError extends Error {
  constructor(readonly failures: readonly CheckFailure[]) {
    super(failures.map(({ property, reason }) => (property ? `${property}: ${reason}` : reason)).join("; "));
  }
}

/** Everything that the engine asks of providers: converts values, keeps secrets secret, and limits each call. */
export class ProviderCalls {
  readonly #slots: Slots;

  constructor(
    private readonly providers: Providers,
    private readonly limits: CallLimits,
    /** Where relative asset paths start. */
    private readonly directory: string,
  ) {
    this.#slots = new Slots(limits.parallel);
  }

  async check(urn: string, olds: Properties, news: Properties): Promise<Properties> {
    const provider = this.#of(typeOfUrn(urn));
    if (provider.check === undefined) return news;
    const result = await this.#limited(async () => provider.check?.(urn, toPlain(olds), toPlain(news)));
    const failures = result?.failures ?? [];
    if (failures.length > 0) throw new CheckFailedError(failures);
    return result?.inputs === undefined ? news : markSecrets(this.#read(result.inputs), news);
  }

  async diff(old: ResourceState, news: Properties): Promise<ProviderDiffResult> {
    const provider = this.#of(old.type);
    const { id, urn, inputs, outputs } = old;
    const result =
      provider.diff === undefined
        ? {}
        : await this.#limited(async () =>
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
  ): Promise<Made> {
    const provider = this.#of(typeOfUrn(urn));
    const call = async () => {
      const { id, outs } = await this.#limited(
        (context) => provider.create(urn, toPlain(inputs), context),
        seconds,
      );
      if (typeof id !== "string" || id === "") throw new Error("The provider created it without an id.");
      return { id, outs };
    };
    return this.#made(call, inputs, secretKeys);
  }

  async update(
    old: ResourceState,
    news: Properties,
    secretKeys: readonly string[],
    seconds?: number,
  ): Promise<Made> {
    const provider = this.#of(old.type);
    const id = old.id ?? "";
    const olds = { ...old.inputs, ...old.outputs };
    const call = async () => {
      const update = async (context: CallContext) =>
        provider.update?.(id, old.urn, toPlain(olds), toPlain(news), context);
      return { id, outs: (await this.#limited(update, seconds))?.outs };
    };
    return this.#made(call, news, secretKeys, { ...olds, ...news });
  }

  async delete(resource: ResourceState): Promise<void> {
    const provider = this.#of(resource.type);
    const props = toPlain({ ...resource.inputs, ...resource.outputs });
    const call = async (context: CallContext) =>
      provider.delete?.(resource.id ?? "", resource.urn, props, context);
    await this.#limited(call, resource.timeouts?.delete);
  }

  /** The live state, undefined when the resource is gone, or "unsupported". */
  async read(
    urn: string,
    id: string,
    props: Properties,
    secretKeys: readonly string[] = [],
  ): Promise<{ id: string; outputs: Properties; inputs?: Properties } | undefined | "unsupported"> {
    const provider = this.#of(typeOfUrn(urn));
    if (provider.read === undefined) return "unsupported";
    const result = await this.#limited(async (context) => provider.read?.(id, urn, toPlain(props), context));
    if (result === undefined || !result.id) return undefined;
    const outputs = markSecrets(this.#read(result.props ?? toPlain(props)), props, secretKeys);
    if (result.inputs === undefined) return { id: result.id, outputs };
    return { id: result.id, outputs, inputs: markSecrets(this.#read(result.inputs), props) };
  }

  async invoke(token: string, args: Properties): Promise<DataSourceResult> {
    const provider = this.#of(token);
    if (provider.invoke === undefined)
      throw new Error(`The provider has no data sources; asked for ${token}.`);
    const result = await this.#limited(async () => provider.invoke?.(token, toPlain(args)));
    return { outputs: this.#read(result?.outputs), failures: result?.failures };
  }

  knows(token: string): boolean {
    return this.providers[packageOf(token)] !== undefined;
  }

  #of(token: string): Provider {
    const name = packageOf(token);
    const provider = this.providers[name];
    if (provider !== undefined) return provider;
    const known = Object.keys(this.providers).sort().join(", ") || "none";
    throw new Error(`There is no provider for package "${name}" (${token}); providers given: ${known}.`);
  }

  /** Reads what `create` or `update` returned, or says that it did not become well. */
  async #made(
    call: () => Promise<{ id: string; outs?: PlainProperties }>,
    inputs: Properties,
    secretKeys: readonly string[],
    like: Properties = inputs,
  ): Promise<Made> {
    const outputs = (outs: PlainProperties) =>
      markSecrets(outs === undefined ? inputs : this.#read(outs), like, secretKeys);
    try {
      const { id, outs } = await call();
      return { id, outputs: outputs(outs) };
    } catch (error) {
      if (!(error instanceof InitializationError)) throw error;
      return { id: error.id, outputs: outputs(error.properties), initErrors: error.reasons };
    }
  }

  #read(plain: PlainProperties): Properties {
    return propertiesFromWire(plain, this.directory);
  }

  #limited<T>(call: (context: CallContext) => Promise<T>, seconds?: number): Promise<T> {
    const { timeoutSeconds, signal } = this.limits;
    return this.#slots.run(() =>
      withDeadline((each) => call({ signal: each }), seconds ?? timeoutSeconds, signal),
    );
  }
}
